import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { RawEnd } from './raw-request.ts';

export interface CountedRequest {
  readonly method: 'GET' | 'POST';
  readonly id: string;
  readonly at: number;
  /** Milliseconds; absent while in flight. */
  took?: number;
  /** A status, or the code of what went wrong; absent while in flight. */
  outcome?: number | string;
}

/** Clients that each send one request after the other, by turns GET and POST. Every request is counted. */
export class CountedLoad {
  readonly requests: CountedRequest[] = [];
  readonly #end: RawEnd;
  readonly #agents: readonly Agent[];
  readonly #loops: Promise<void>[];
  #stopping = false;

  constructor(end: RawEnd, clients: number) {
    this.#end = end;
    this.#agents = Array.from({ length: clients }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    this.#loops = this.#agents.map((agent, index) => this.#loop(agent, index));
  }

  inFlight(method: CountedRequest['method']): number {
    return this.requests.filter((one) => one.method === method && one.outcome === undefined).length;
  }

  /** Waits until so many more requests were answered with 200. Throws after 20 seconds. */
  async more(count: number): Promise<void> {
    const answered = () => this.requests.filter(({ outcome }) => outcome === 200).length;
    const wanted = answered() + count;
    const deadline = performance.now() + 20_000;
    while (answered() < wanted) {
      if (performance.now() > deadline)
        throw new Error(`only ${answered()} of ${wanted} requests were answered`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends when every request that was sent has its answer. */
  async stop(): Promise<LoadCount> {
    this.#stopping = true;
    await Promise.all(this.#loops);
    for (const agent of this.#agents) agent.destroy();
    return { GET: countOf(this.requests, 'GET'), POST: countOf(this.requests, 'POST') };
  }

  async #loop(agent: Agent, index: number): Promise<void> {
    for (let turn = index; !this.#stopping; turn += 1) {
      const one: CountedRequest = {
        method: turn % 2 === 0 ? 'GET' : 'POST',
        id: randomUUID(),
        at: performance.now(),
      };
      this.requests.push(one);
      one.outcome = await this.#send(agent, one);
      one.took = performance.now() - one.at;
      // A client that is refused at once must not turn into a flood.
      if (one.outcome !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #send(agent: Agent, { method, id }: CountedRequest): Promise<number | string> {
    const { address: host, port } = this.#end;
    return new Promise((resolve) => {
      const sent = request(
        { host, port, agent, method, path: '/counted', headers: { 'x-request-id': id } },
        (response) => {
          response.resume();
          response.once('end', () => resolve(response.statusCode ?? 0));
          response.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        },
      );
      sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      sent.end(method === 'POST' ? '{"synthetic":true}' : undefined);
    });
  }
}

export interface MethodCount {
  readonly sent: number;
  /** What each failed request ended with. */
  readonly failed: readonly (number | string)[];
  readonly slowest: number;
}
export type LoadCount = Readonly<Record<CountedRequest['method'], MethodCount>>;

function countOf(requests: readonly CountedRequest[], method: CountedRequest['method']): MethodCount {
  const mine = requests.filter((one) => one.method === method);
  return {
    sent: mine.length,
    failed: mine.flatMap(({ outcome = 'no answer' }) => (outcome === 200 ? [] : [outcome])),
    slowest: Math.round(Math.max(0, ...mine.map(({ took = 0 }) => took))),
  };
}
