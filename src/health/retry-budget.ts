import type { ServerCounters } from '../dataplane/counters-port.ts';
import { TrafficHistory } from './traffic-history.ts';

/** A pool whose retries are counted. */
export interface BudgetedPool {
  readonly backend: string;
  /** Percent of the requests that may be sent again. */
  readonly budget: number;
}

export interface RetryVerdict {
  readonly backend: string;
  readonly allowed: boolean;
  /** A whole sentence for the status, while they are forbidden. */
  readonly condition?: string;
}

const window = 10_000;

/** A second; so that a small service, or one with a few requests at night, may always retry. */
const alwaysAllowed = 10;

/**
 * Whether requests of a pool may be sent again after they had reached a server. A connection that failed is tried
 * elsewhere in any case, and is not counted: nothing was sent, so no server had work of it. HAProxy's counter of
 * redispatches has these too; its counter of retries has, besides, only those of a pool without another server.
 *
 * Beyond the budget they are forbidden until half of it is reached. As long as the cause lasts they are so allowed some
 * of the time, and stay within the budget on the average.
 */
export class RetryBudget {
  readonly #history = new TrafficHistory(window + 1_000);
  readonly #forbidden = new Set<string>();

  judge(sample: ServerCounters, pools: readonly BudgetedPool[]): RetryVerdict[] {
    this.#history.add(sample);
    const known = new Set(pools.map(({ backend }) => backend));
    for (const backend of this.#forbidden) if (!known.has(backend)) this.#forbidden.delete(backend);
    return pools.map(({ backend, budget }) => this.#judgePool(backend, budget));
  }

  #judgePool(backend: string, budget: number): RetryVerdict {
    const seen = this.#seen(backend);
    // After a reload HAProxy allows them again, and there is nothing to judge by.
    if (seen === undefined) this.#forbidden.delete(backend);
    else {
      const { requests, retries, seconds } = seen;
      const most = Math.max((requests * budget) / 100, alwaysAllowed * seconds);
      if (retries > most) this.#forbidden.add(backend);
      else if (retries < most / 2) this.#forbidden.delete(backend);
    }
    if (seen === undefined || !this.#forbidden.has(backend)) return { backend, allowed: true };
    const condition = `More than ${budget} % of the requests had to be sent again, so only failed connections are tried on another server for now.`;
    return { backend, allowed: false, condition };
  }

  #seen(backend: string): { requests: number; retries: number; seconds: number } | undefined {
    let [tries, retries, seconds] = [0, 0, 0];
    for (const points of this.#history.all(backend)) {
      const [from, to] = [points[0], points.at(-1)];
      if (from === undefined || to === undefined || from === to) continue;
      tries += to.counters.requests - from.counters.requests;
      retries += to.counters.retries - from.counters.retries;
      seconds = Math.max(seconds, (to.at - from.at) / 1_000);
    }
    return seconds === 0 ? undefined : { requests: Math.max(0, tries - retries), retries, seconds };
  }
}
