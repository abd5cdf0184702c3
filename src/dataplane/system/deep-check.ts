import type { Clock } from '../../kernel/clock.ts';
import { Secret } from '../../kernel/secret.ts';
import type { ConfiguredDeepCheck } from '../../model/configuration.ts';
import { formatDuration } from '../../model/duration.ts';
import type { BearerToken, DeepChecker, DeepFault, DeepProbe, DeepResult } from '../probe-port.ts';
import { exchangeHttp, type HttpAnswer, type HttpRequest } from './http-exchange.ts';
import { faultOfBody } from './judge-answer.ts';
import { openPlain, openTls } from './open-server.ts';
import { tokenOf, tokenRequest } from './request-token.ts';
import type { TlsTarget } from './tls-handshake.ts';

/** Makes deep checks on this machine. */
export function createDeepChecker(clock: Clock): DeepChecker {
  return {
    async deepCheck(probe, signal) {
      const attempt = new Attempt(probe, signal, clock);
      try {
        return await attempt.make();
      } finally {
        attempt.end();
      }
    },
  };
}

/** A token that ends within this time is not used any more, in milliseconds. */
const nearExpiry = 30_000;

type Answer = Extract<HttpAnswer, { kind: 'answer' }>;
type Failed = Extract<DeepResult, { kind: 'failed' }>;
type Transaction = Extract<ConfiguredDeepCheck['check'], { type: 'transaction' }>;

/** One deep check of one server, within its time limit. */
class Attempt {
  readonly #probe: DeepProbe;
  readonly #clock: Clock;
  readonly #started = performance.now();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  readonly #outer: AbortSignal;
  readonly #onAbort = (): void => this.#stop.abort();

  constructor(probe: DeepProbe, signal: AbortSignal, clock: Clock) {
    this.#probe = probe;
    this.#clock = clock;
    this.#outer = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#stop.abort();
  }

  /** Leaves no timer, listener or socket. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#onAbort);
    this.#stop.abort();
  }

  async make(): Promise<DeepResult> {
    const { check } = this.#probe;
    if (check.type === 'transaction') return await this.#transaction(check);
    const answer = await this.#ask(this.#read());
    return answer.kind === 'failed' ? answer : this.#judge(answer);
  }

  async #transaction(check: Transaction): Promise<DeepResult> {
    const held = this.#heldToken();
    if (held !== undefined) {
      const answer = await this.#ask(this.#read(held));
      if (answer.kind === 'failed') return { ...answer, token: held };
      if (answer.status !== 401) return { ...this.#judge(answer), token: held };
    }
    const got = await this.#ask(tokenRequest(check, this.#probe.host));
    if (got.kind === 'failed') return { ...got, what: `no token: ${got.what}` };
    const fresh = tokenOf(got, this.#clock.now());
    if (fresh.kind === 'failed') return fresh;
    const answer = await this.#ask(this.#read(fresh.token));
    if (answer.kind === 'failed') return { ...answer, token: fresh.token };
    const result = this.#judge(answer);
    // One that is refused at once is of no use later.
    return answer.status === 401 ? result : { ...result, token: fresh.token };
  }

  #heldToken(): BearerToken | undefined {
    const { token } = this.#probe;
    if (token?.expiresAt === undefined) return token;
    return token.expiresAt - this.#clock.now() > nearExpiry ? token : undefined;
  }

  #read(token?: BearerToken): HttpRequest {
    const { check, host } = this.#probe;
    const bearer = token === undefined ? {} : { authorization: new Secret(`Bearer ${token.value.reveal()}`) };
    return {
      method: 'GET',
      path: check.path,
      headers: { host, ...agent, accept: check.accept ?? 'application/json', ...bearer },
    };
  }

  /** On a connection of its own. */
  async #ask(request: HttpRequest): Promise<Answer | Failed> {
    const { check } = this.#probe;
    const opened = await this.#open();
    try {
      if (opened.fault !== undefined) return failed(opened.connected ? 'tls' : 'unreachable', opened.fault);
      // Connecting has its own limit, because it knows better what was awaited.
      this.#timer = setTimeout(this.#onAbort, this.#left);
      const answer = await exchangeHttp(opened.socket, request, check.maxBytes, this.#stop.signal);
      switch (answer.kind) {
        case 'answer':
          return answer;
        case 'failed':
          return failed(answer.fault, answer.what);
        case 'stopped':
          return this.#late(answer.head ? 'the answer does not end' : 'there is no answer');
      }
    } finally {
      clearTimeout(this.#timer);
      opened.socket.destroy();
    }
  }

  /** Of the time limit, in milliseconds. */
  get #left(): number {
    return Math.max(1, Math.ceil(this.#probe.check.timeout - (performance.now() - this.#started)));
  }

  #open() {
    const { address, port, tls } = this.#probe;
    const { signal } = this.#stop;
    if (tls === undefined) return openPlain({ address, port }, this.#left, signal);
    const name = tls.serverName;
    const target: TlsTarget = {
      address,
      port,
      ...(name === undefined ? {} : { askFor: name }),
      ...(tls.authorities === undefined ? {} : { authorities: tls.authorities }),
      ...(tls.authorities === undefined || name === undefined ? {} : { mustCover: name }),
    };
    return openTls(target, this.#left, this.#clock, signal);
  }

  #late(what: string): Failed {
    return failed('silent', `${what} within ${formatDuration(this.#probe.check.timeout)}`);
  }

  #judge({ status, body }: Answer): DeepResult {
    const { check } = this.#probe;
    if (!check.expectStatus.includes(status))
      return failed('status', `the answer is ${status} instead of ${check.expectStatus.join(' or ')}`);
    const fault = faultOfBody(body, check.expect, check.type === 'document');
    return fault === undefined ? { kind: 'passed' } : failed('content', fault);
  }
}

const agent = { 'user-agent': 'aorta-check' };

function failed(fault: DeepFault, what: string): Failed {
  return { kind: 'failed', fault, what };
}
