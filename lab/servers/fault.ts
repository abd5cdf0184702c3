import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../fault-kinds.ts';
import type { CertificateVariant } from '../pki.ts';
import { sendJson } from './json.ts';

/** What a fault can do to the server it lives in. */
export interface FaultTarget {
  /** Stops accepting, and ends the connections that are open. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** Undefined when the server speaks plain HTTP. */
  present: ((variant: CertificateVariant) => void) | undefined;
  /** The TCP socket below a request, also when TLS lies between. */
  rawSocket(request: IncomingMessage): Socket | undefined;
}

/** The verdict on one request: go on, or the fault has dealt with it. */
export type Verdict = 'proceed' | 'handled';

type FewWorkers = Extract<Fault, { kind: 'few-workers' }>;

const CHECKED_PATH = /(?:^|\/)(?:metadata|\.well-known\/[a-z-]+)(?:\?.*)?$/;

/** Holds at most one fault at a time and applies it to requests and to the server. */
export class FaultInjector {
  #fault: Fault | undefined;
  #remaining = Number.POSITIVE_INFINITY;
  #credit = 0;
  #busy = 0;
  readonly #queue: (() => void)[] = [];
  readonly #target: FaultTarget;

  constructor(target: FaultTarget) {
    this.#target = target;
  }

  get current(): Fault | undefined {
    return this.#fault;
  }

  get cacheGone(): boolean {
    return this.#fault?.kind === 'cache-gone';
  }

  /** Replaces the present fault. Answers a sentence when the fault does not apply to this process. */
  async set(fault: Fault, role: string): Promise<string | undefined> {
    const certificate = certificateOf(fault);
    if (certificate !== undefined && this.#target.present === undefined)
      return 'this process does not speak TLS';
    const forApi = fault.kind === 'cache-gone' || fault.kind === 'check-passes-api-fails';
    if (forApi && role !== 'api') return `${fault.kind} applies to an API server only`;
    await this.clear();
    this.#fault = fault;
    this.#credit = 0;
    this.#remaining =
      fault.kind === 'error' ? (fault.count ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    if (fault.kind === 'refuse') await this.#target.refuse();
    if (certificate !== undefined) this.#target.present?.(certificate);
    return undefined;
  }

  async clear(): Promise<void> {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault?.kind === 'refuse') await this.#target.accept();
    if (fault !== undefined && certificateOf(fault) !== undefined) this.#target.present?.('valid');
  }

  async apply(request: IncomingMessage, response: ServerResponse): Promise<Verdict> {
    const fault = this.#fault;
    if (fault === undefined) return 'proceed';
    switch (fault.kind) {
      case 'slow':
        await delay(fault.delayMs);
        return 'proceed';
      case 'hang':
        return 'handled';
      case 'few-workers':
        await this.#work(fault, response);
        return response.destroyed ? 'handled' : 'proceed';
      case 'reset': {
        const socket = this.#target.rawSocket(request);
        if (fault.when === 'before-execution') {
          request.resume();
          request.once('end', () => socket?.resetAndDestroy());
          return 'handled';
        }
        resetOnAnswer(response, socket);
        return 'proceed';
      }
      case 'error':
        if (fault.sparesChecks && CHECKED_PATH.test(request.url ?? '')) return 'proceed';
        if (!this.#failsNow(fault.share)) return 'proceed';
        fail(request, response, fault.status);
        return 'handled';
      case 'check-passes-api-fails':
        if (CHECKED_PATH.test(request.url ?? '')) return 'proceed';
        fail(request, response, 500);
        return 'handled';
      case 'cache-gone':
      case 'refuse':
      case 'wrong-certificate':
      case 'expired-certificate':
      case 'untrusted-certificate':
        return 'proceed';
      default:
        return fault satisfies never;
    }
  }

  /** Waits for a free worker, then for its work. Who has gone by then is not worked for. */
  async #work({ workers, workMs }: FewWorkers, response: ServerResponse): Promise<void> {
    if (this.#busy >= workers) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#busy += 1;
    if (!response.destroyed) await delay(workMs);
    const next = this.#queue.shift();
    if (next === undefined) this.#busy -= 1;
    else next();
  }

  #failsNow(share: number): boolean {
    this.#credit += share;
    if (this.#credit < 1 || this.#remaining === 0) return false;
    this.#credit -= 1;
    this.#remaining -= 1;
    if (this.#remaining === 0) this.#fault = undefined;
    return true;
  }
}

function certificateOf(fault: Fault): CertificateVariant | undefined {
  switch (fault.kind) {
    case 'wrong-certificate':
      return 'wrong-name';
    case 'expired-certificate':
      return 'expired';
    case 'untrusted-certificate':
      return 'untrusted';
    default:
      return undefined;
  }
}

function fail(request: IncomingMessage, response: ServerResponse, status: number): void {
  request.resume();
  sendJson(response, status, { resource: 'lab', detail: 'fault injected on demand' });
}

/** Every handler executes before it writes a head, so cutting there means: done, but the client never hears. */
function resetOnAnswer(response: ServerResponse, socket: Socket | undefined): void {
  const writeHead = response.writeHead.bind(response);
  Object.defineProperty(response, 'writeHead', {
    value: (status: number, ...rest: []) => {
      socket?.resetAndDestroy();
      return writeHead(status, ...rest);
    },
  });
}
