import type { OneServersCounters, ServerCounters } from '../dataplane/counters-port.ts';
import { duration } from '../model/duration.ts';
import type { OutlierDetection } from '../model/outlier-detection.ts';
import type { WatchedPool } from './watched-pool.ts';

/** What a server does in one second. */
export interface Second {
  readonly requests?: number;
  /** Failed as a 503 that is passed on; as a request that is taken back and sent elsewhere. */
  readonly answers5xx?: number;
  readonly retried?: number;
  readonly abandoned?: number;
  readonly answers4xx?: number;
  /** Milliseconds, of each. */
  readonly responseTime?: number;
}

/** HAProxy's counters, fed second by second. Its mean of response times is kept as HAProxy keeps it. */
export class CountersFixture {
  #at = 1_700_000_000_000;
  #workerPid = 100;
  readonly #servers = new Map<string, OneServersCounters>();

  get now(): number {
    return this.#at;
  }

  /** One second passes. @returns the sample at its end */
  second(traffic: Readonly<Record<string, Second>>, backend = 'live.servers'): ServerCounters {
    this.#at += 1_000;
    for (const [server, one] of Object.entries(traffic)) {
      const before = this.#servers.get(server) ?? fresh(backend, server);
      this.#servers.set(server, after(before, one));
    }
    return { at: this.#at, workerPid: this.#workerPid, servers: [...this.#servers.values()] };
  }

  /** As after a reload. */
  newWorker(): void {
    this.#workerPid += 1;
    this.#servers.clear();
  }
}

function fresh(backend: string, server: string): OneServersCounters {
  return {
    backend,
    server,
    requests: 0,
    answers: 0,
    answers4xx: 0,
    answers5xx: 0,
    connectErrors: 0,
    responseErrors: 0,
    cutAnswers: 0,
    abandoned: 0,
    retries: 0,
    redispatches: 0,
    sessions: 0,
    queued: 0,
  };
}

function after(before: OneServersCounters, second: Second): OneServersCounters {
  const { requests = 0, answers5xx = 0, retried = 0, abandoned = 0, answers4xx = 0 } = second;
  let { answers, responseTime } = before;
  for (let count = 0; count < requests - retried - abandoned; count += 1) {
    answers += 1;
    const part = Math.min(answers, 512);
    responseTime = ((responseTime ?? 0) * (part - 1) + (second.responseTime ?? 20)) / part;
  }
  return {
    ...before,
    requests: before.requests + requests,
    answers,
    answers4xx: before.answers4xx + answers4xx,
    answers5xx: before.answers5xx + answers5xx,
    responseErrors: before.responseErrors + retried,
    abandoned: before.abandoned + abandoned,
    retries: before.retries + retried,
    redispatches: before.redispatches + retried,
    ...(responseTime === undefined ? {} : { responseTime }),
  };
}

export const detection: OutlierDetection = {
  errorShare: 50,
  minRequests: 5,
  penalty: duration('10s'),
  maxEjected: 50,
  slow: { factor: 3, atLeast: duration('200ms'), weight: 25 },
};

/** @param serving those that get requests */
export function watchedPool(
  names: readonly string[],
  serving: readonly string[] = names,
  policy: OutlierDetection = detection,
): WatchedPool {
  return {
    backend: 'live.servers',
    detection: policy,
    servers: names.map((name) => ({ name, serving: serving.includes(name) })),
  };
}
