import { request as requestPlain } from 'node:http';
import { Agent, request as requestTls } from 'node:https';
import { z } from 'zod';
import { Bug } from '../../../kernel/bug.ts';
import { Failure } from '../../../kernel/failure.ts';
import type { PairKeys } from '../../../pki/pair-keys.ts';

/** Where one member of etcd answers clients: `https://ADDRESS:PORT`. */
export type MemberUrl = string;

export interface EtcdAccess {
  readonly members: readonly MemberUrl[];
  /** By which members and this machine know each other; absent: plain, which members on this machine alone may have. */
  readonly keys?: PairKeys;
}

/** How long one member may take, in milliseconds. An election takes one second by default. */
const patience = 1_500;
/** What a slow disk writes on most members, in bytes a millisecond. */
const slowestDisk = 200;
/** More than the records of one look are. */
const largestAnswer = 16 * 1024 * 1024;

/**
 * Speaks to etcd 3.4 or newer by its JSON gateway, https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/: bytes are
 * Base64, numbers of 64 bits are text, and what has its default value is left out.
 */
export class EtcdClient {
  readonly #members: readonly MemberUrl[];
  readonly #agent: Agent | undefined;
  readonly #closing = new AbortController();
  /** The member that answered last is asked first. */
  #first = 0;

  constructor({ members, keys }: EtcdAccess) {
    this.#members = members;
    this.#agent =
      keys &&
      new Agent({
        keepAlive: true,
        ca: keys.authority,
        cert: keys.certificate,
        key: keys.key.reveal(),
        minVersion: 'TLSv1.3',
      });
  }

  /**
   * Asks the members one after the other, until one of them has answered for all. A request may be carried out although
   * it is asked again.
   * @throws Failure `store-unreachable`
   */
  async ask<T>(path: string, body: object, answer: z.ZodType<T>): Promise<T> {
    const reasons: string[] = [];
    for (const index of this.#members.keys()) {
      const turn = (this.#first + index) % this.#members.length;
      const member = this.#members[turn] ?? '';
      const said = await this.#post(`${member}${path}`, JSON.stringify(body));
      if (said.kind === 'lost') {
        reasons.push(`${member} ${said.why}`);
        continue;
      }
      this.#first = turn;
      const parsed = answer.safeParse(said.json);
      if (parsed.success) return parsed.data;
      throw new Bug(`etcd answers ${path} with what is not of version 3.4`);
    }
    throw new Failure(
      'store-unreachable',
      `the shared store does not answer: ${reasons.join('; ')}`,
      'see whether most members of etcd run, and the network between; traffic, failover and drains go on',
    );
  }

  /** What is being asked ends as if nobody had answered. */
  close(): void {
    this.#closing.abort();
    this.#agent?.destroy();
  }

  #post(url: string, body: string): Promise<Said> {
    return new Promise((resolve) => {
      const options = {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.any([
          this.#closing.signal,
          AbortSignal.timeout(patience + Math.ceil(body.length / slowestDisk)),
        ]),
        ...(this.#agent === undefined ? {} : { agent: this.#agent }),
      };
      const lost = (error: NodeJS.ErrnoException) => resolve({ kind: 'lost', why: whyOf(error) });
      const request = url.startsWith('https:') ? requestTls : requestPlain;
      request(url, options, (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (part: string) => {
            text += part;
            if (text.length > largestAnswer) response.destroy(new Error('its answer is too large'));
          })
          .on('end', () => resolve(saidBy(response.statusCode ?? 0, text)))
          .on('error', lost);
      })
        .on('error', lost)
        .end(body);
    });
  }
}

type Said =
  | { readonly kind: 'answer'; readonly json: unknown }
  | { readonly kind: 'lost'; readonly why: string };

const refusal = z.object({ error: z.string().optional(), message: z.string().optional() });

/** What a member refuses, such as to speak without a leader, is not an answer for all. */
function saidBy(status: number, text: string): Said {
  const json = parsed(text);
  if (status === 200 && json !== undefined) return { kind: 'answer', json };
  const { message, error } = refusal.safeParse(json).data ?? {};
  return { kind: 'lost', why: `refused: ${message ?? error ?? `status ${status}`}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function whyOf({ code, name, message }: NodeJS.ErrnoException): string {
  if (name === 'AbortError' || name === 'TimeoutError') return 'did not answer in time';
  switch (code) {
    case 'ECONNREFUSED':
      return 'does not run';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'cannot be reached';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'ended the connection';
    default:
      return `does not do: ${code ?? message}`;
  }
}
