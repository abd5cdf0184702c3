import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CacheChange } from '../cache-entries.ts';
import type { ApiConfig } from '../config.ts';
import { readBody } from '../json.ts';
import { type DependencyName, requestNotes } from './request-notes.ts';

/** A service behind the API server did not answer in time or at all. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly dependency: DependencyName;
  /** oidc-provider shows the status and message only of errors marked so. */
  readonly statusCode = 503;

  constructor(dependency: DependencyName, cause: unknown) {
    super(`${dependency} does not answer`, { cause });
    this.dependency = dependency;
  }
}

const TIMEOUT_MS = 2_000;
const EVENT_INTERVAL_MS = 200;

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** The calls an API server makes to Cache, Platform Service, File Library and Monitor Service. */
export class Dependencies {
  readonly #config: ApiConfig;
  readonly #cacheGone: () => boolean;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #events = new Map<string, number>();

  constructor(config: ApiConfig, cacheGone: () => boolean) {
    this.#config = config;
    this.#cacheGone = cacheGone;
    setInterval(() => this.#sendEvents(), EVENT_INTERVAL_MS).unref();
  }

  /** Undefined when the answer was 404. Throws {@link Unreachable}. */
  async json(dependency: DependencyName, call: Call): Promise<unknown> {
    try {
      if (dependency === 'cache' && this.#cacheGone()) throw new Error('cache gone on demand');
      const answer = await this.#send(dependency, call);
      const text = (await readBody(answer)).toString('utf8');
      if (answer.statusCode === 404) return undefined;
      if ((answer.statusCode ?? 500) >= 300) throw new Error(`status ${answer.statusCode}`);
      return JSON.parse(text);
    } catch (error) {
      throw this.#note(dependency, error);
    }
  }

  async cached(key: string): Promise<unknown> {
    const found = await this.json('cache', { method: 'GET', path: `/entries/${encodeURIComponent(key)}` });
    return (found as { value: unknown } | undefined)?.value;
  }

  async changeCache(change: CacheChange): Promise<void> {
    await this.json('cache', { method: 'POST', path: '/changes', body: change });
  }

  /** Passes a body of any length to the File Library without holding it. */
  async storeFile(name: string, body: Readable): Promise<{ size: number; sha256: string }> {
    const { request, answer } = this.#open('fileLibrary', 'PUT', `/files/${name}`);
    try {
      const [response] = await Promise.all([answer, pipeline(body, request)]);
      return JSON.parse((await readBody(response)).toString('utf8')) as { size: number; sha256: string };
    } catch (error) {
      throw this.#note('fileLibrary', error);
    }
  }

  /** The answer's stream; undefined when there is no such file. */
  async fetchFile(path: string): Promise<IncomingMessage | undefined> {
    const answer = await this.#send('fileLibrary', { method: 'GET', path }).catch((error: unknown) => {
      throw this.#note('fileLibrary', error);
    });
    if (answer.statusCode === 200) return answer;
    answer.resume();
    return undefined;
  }

  /** Tells the Monitor Service, later and without waiting. */
  report(kind: string): void {
    this.#events.set(kind, (this.#events.get(kind) ?? 0) + 1);
  }

  #sendEvents(): void {
    if (this.#events.size === 0) return;
    const events = [...this.#events].map(([kind, count]) => ({ kind, count }));
    this.#events.clear();
    const body = { server: this.#config.name, events };
    // Fire and forget: a dead Monitor Service must not be felt by clients.
    this.#send('monitorService', { method: 'POST', path: '/events', body }).then(
      (answer) => answer.resume(),
      () => undefined,
    );
  }

  #note(dependency: DependencyName, cause: unknown): Unreachable {
    const notes = requestNotes.getStore();
    if (notes !== undefined) notes.unreachable = dependency;
    return new Unreachable(dependency, cause);
  }

  async #send(dependency: DependencyName, call: Call, retry = true): Promise<IncomingMessage> {
    const { request, answer } = this.#open(dependency, call.method, call.path);
    request.end(call.body === undefined ? undefined : JSON.stringify(call.body));
    try {
      return await answer;
    } catch (error) {
      // A kept connection may have died with a restarted service. All our calls can be repeated safely.
      if (retry && request.reusedSocket) return this.#send(dependency, call, false);
      throw error;
    }
  }

  #open(dependency: DependencyName, method: string, path: string) {
    const { promise: answer, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = httpRequest(this.#config[dependency] + path, { method, agent: this.#agent });
    request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
    request.once('response', (response) => {
      // From here on the client may be the slow one, and a file is as slow as whoever downloads it.
      request.setTimeout(0);
      resolve(response);
    });
    request.once('error', reject);
    return { request, answer };
  }
}
