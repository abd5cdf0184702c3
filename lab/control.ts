import type { Fault, FaultInput } from './fault-kinds.ts';
import type { StatsReport } from './servers/stats.ts';

/** Talks to the control address of one process of the estate. */
export class Control {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Replaces the process's fault. Throws when it does not apply, e.g. a certificate fault on plain HTTP. */
  async inject(fault: FaultInput): Promise<void> {
    await this.#call('POST', '/fault', fault);
  }

  async heal(): Promise<void> {
    await this.#call('DELETE', '/fault');
  }

  async fault(): Promise<Fault | undefined> {
    return ((await this.#call('GET', '/fault')) as { fault?: Fault }).fault;
  }

  async stats(): Promise<StatsReport> {
    return (await this.#call('GET', '/stats')) as StatsReport;
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${this.#url}${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
}
