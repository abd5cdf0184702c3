import { createHash, randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Agent, request as send } from 'undici';
import { type Estate, type EstateOptions, startEstate } from './estate.ts';
import { requestToken } from './token.ts';

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS';
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer | Readable;
  readonly timeoutMs?: number;
}

/** Starts an estate on a network of its own and in a directory of its own. */
export async function startTestEstate(
  options: Pick<EstateOptions, 'topology' | 'tls'> & Partial<EstateOptions>,
): Promise<{ estate: Estate; directory: string; end: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'lab-estate-'));
  const prefix = `127.${randomInt(100, 250)}.${randomInt(1, 250)}`;
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  const estate = await startEstate({ prefix, directory, ...options }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    estate,
    directory,
    end: async () => {
      await estate.stop();
      await remove();
    },
  };
}

/** A client of one API server, reached at its own address under the public name, certificate verified. */
export class ServerClient {
  readonly origin: string;
  readonly agent: Agent;

  private constructor(origin: string, agent: Agent) {
    this.origin = origin;
    this.agent = agent;
  }

  static async to(estate: Estate, name: string): Promise<ServerClient> {
    const server = estate.processes.find((one) => one.name === name);
    if (server === undefined) throw new Error(`no process ${name}`);
    const agent = new Agent({
      connect: {
        ca: await readFile(estate.ca),
        // Stands for DNS and the balancer: every name leads to this one server.
        lookup: (_name, options, done) => {
          if (options.all === true) done(null, [{ address: server.address, family: 4 }]);
          else done(null, server.address, 4);
        },
      },
    });
    const scheme = estate.tls === 'bridging' ? 'https' : 'http';
    return new ServerClient(`${scheme}://${estate.hostnames.apis}`, agent);
  }

  async ask(pathOrUrl: string, ask: Ask = {}): Promise<Answer> {
    const { statusCode, headers, body } = await this.open(pathOrUrl, ask);
    return { status: statusCode, headers, text: await body.text() };
  }

  async json(pathOrUrl: string, ask: Ask = {}): Promise<Record<string, unknown>> {
    return JSON.parse((await this.ask(pathOrUrl, ask)).text) as Record<string, unknown>;
  }

  open(pathOrUrl: string, ask: Ask = {}) {
    const url = pathOrUrl.startsWith('http') ? pathOrUrl : this.origin + pathOrUrl;
    return send(url, {
      dispatcher: this.agent,
      method: ask.method ?? 'GET',
      headersTimeout: ask.timeoutMs ?? 20_000,
      ...(ask.headers === undefined ? {} : { headers: ask.headers }),
      ...(ask.body === undefined ? {} : { body: ask.body }),
    });
  }

  /** An access token by client credentials. */
  token(estate: Estate, scope?: string): Promise<string> {
    return requestToken((path, request) => this.ask(path, request), estate, scope);
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

export async function digestOf(body: AsyncIterable<Buffer>): Promise<{ length: number; sha256: string }> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { length, sha256: hash.digest('hex') };
}
