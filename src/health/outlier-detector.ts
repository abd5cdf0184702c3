import type { ServerCounters } from '../dataplane/counters-port.ts';
import type { ServerNotice } from '../dataplane/port.ts';
import { spelledTime } from '../plan/words.ts';
import { failingServers, type ServerEnded } from './failing-servers.ts';
import type { Opinion } from './opinion.ts';
import { Repeats } from './repeats.ts';
import { keyOf } from './server-key.ts';
import { type Ended, endedBetween } from './server-traffic.ts';
import { type SlowServer, SlowServers } from './slow-servers.ts';
import { type Point, TrafficHistory } from './traffic-history.ts';
import { mostEjected, type WatchedPool } from './watched-pool.ts';

/** What live traffic says of the servers of all watched pools at one moment. */
export interface TrafficJudgement {
  /** Servers to be kept out. Never all of a pool; at most as many as its declaration allows. */
  readonly opinions: readonly Opinion[];
  /** Servers that should get less. Lasts until it is not wished any more. */
  readonly weights: readonly SlowServer[];
}

/**
 * A share is looked for in the last second, which is soonest, and in the last two, in which a quiet pool has enough
 * requests. In standard deviations: a difference that is less may be chance. Five failures of five beside none of five have
 * 3.2; the shorter time, which is looked at besides, must not add mistakes of its own.
 */
const errorWindows = [
  { span: 1_000, leastDeviations: 5 },
  { span: 2_000, leastDeviations: 3.1 },
];
const historyKept = 32_000;
const longestPenalty = 5 * 60_000;
const forgottenAfter = 5 * 60_000;

/** What HAProxy says when errors in live traffic made it take a server out (`observe`, `on-error mark-down`). */
const passiveReason = 'Health analyze';

interface Ejection {
  readonly opinion: Opinion;
  readonly until: number;
}

/**
 * The second line behind HAProxy's passive check. That one counts errors in a row and acts within milliseconds, but is
 * blind to what retries hide, to every second request that fails, and to its own repetition: checks that pass bring a
 * broken server back every few seconds. This one looks at shares, compares siblings, and keeps a server out.
 *
 * Pure: time comes with the samples, about one a second.
 */
export class OutlierDetector {
  readonly #history = new TrafficHistory(historyKept);
  readonly #slow = new SlowServers(this.#history);
  readonly #penalties = new Repeats(longestPenalty, forgottenAfter);
  readonly #ejections = new Map<string, Ejection>();
  readonly #noticed = new Set<string>();

  /** A server that HAProxy took out by itself. Judged with the next sample. */
  noticed({ backend, server, health, reason }: ServerNotice): void {
    if (health === 'down' && reason?.startsWith(passiveReason) === true)
      this.#noticed.add(keyOf(backend, server));
  }

  judge(sample: ServerCounters, pools: readonly WatchedPool[]): TrafficJudgement {
    this.#history.add(sample);
    this.#forgetOthers(pools);
    for (const pool of pools) this.#judgePool(pool, sample.at);
    this.#noticed.clear();
    return {
      opinions: [...this.#ejections.values()].map(({ opinion }) => opinion),
      weights: pools.flatMap((pool) =>
        this.#slow.judge(pool, sample.at, (server) => this.#isOut(pool.backend, server)),
      ),
    };
  }

  #isOut(backend: string, server: string): boolean {
    return this.#ejections.size > 0 && this.#ejections.has(keyOf(backend, server));
  }

  #judgePool(pool: WatchedPool, now: number): void {
    const { backend, detection, servers } = pool;
    // Of a pool where nobody did anything nothing is to be said: at night there are thousands.
    if (this.#ejections.size === 0 && this.#history.isIdle(backend)) return;
    const isOut = (name: string) => this.#isOut(backend, name);
    const names = servers.map(({ name }) => name);
    for (const name of names) this.#endPenalty(backend, name, now);
    // Whoever was left may have died since: then a server that fails sometimes is better than none.
    if (!servers.some(({ name, serving }) => serving && !isOut(name))) {
      for (const name of names) if (isOut(name)) this.#release(backend, name, now);
      return;
    }
    const { errorShare, minRequests } = detection;
    const failing = errorWindows.flatMap(({ span, leastDeviations }) =>
      failingServers(this.#ended(pool, span), { errorShare: errorShare / 100, minRequests, leastDeviations }),
    );
    for (const { server, because } of failing) {
      if (isOut(server)) continue;
      const staying = servers.filter(({ name, serving }) => serving && name !== server && !isOut(name));
      if (
        staying.length === 0 ||
        names.filter(isOut).length >= mostEjected(names.length, detection.maxEjected)
      )
        break;
      const key = keyOf(backend, server);
      const lasts = this.#penalties.begin(key, detection.penalty, now);
      this.#ejections.set(key, {
        until: now + lasts,
        opinion: {
          backend,
          server,
          source: 'live-traffic',
          fault: 'requests fail',
          because: `${because}; kept out for ${spelledTime(lasts)}`,
          since: now,
        },
      });
    }
  }

  /** Of the servers that take requests, and of those that HAProxy took out for errors since the last sample. */
  #ended({ backend, servers }: WatchedPool, span: number): ServerEnded[] {
    return servers.flatMap(({ name, serving }) => {
      const key = keyOf(backend, name);
      const noticed = this.#noticed.has(key);
      if (this.#ejections.has(key) || !(serving || noticed)) return [];
      const ended = endedIn(this.#history.last(backend, name, span));
      const points = this.#history.of(backend, name);
      const [oldest, newest] = [points[0], points.at(-1)];
      const longer = endedIn(oldest === undefined || newest === undefined ? undefined : [oldest, newest]);
      return [{ server: name, ended, longer, noticed }];
    });
  }

  #endPenalty(backend: string, server: string, now: number): void {
    const ejection = this.#ejections.get(keyOf(backend, server));
    if (ejection !== undefined && now >= ejection.until) this.#release(backend, server, now);
  }

  #release(backend: string, server: string, now: number): void {
    this.#ejections.delete(keyOf(backend, server));
    this.#penalties.end(keyOf(backend, server), now);
    this.#history.forget(backend, server);
  }

  #forgetOthers(pools: readonly WatchedPool[]): void {
    if (this.#ejections.size === 0 && this.#penalties.isEmpty && this.#slow.isEmpty) return;
    const keys = new Set(
      pools.flatMap(({ backend, servers }) => servers.map(({ name }) => keyOf(backend, name))),
    );
    for (const key of this.#ejections.keys()) if (!keys.has(key)) this.#ejections.delete(key);
    this.#penalties.forgetAllBut(keys);
    this.#slow.forgetAllBut(keys);
  }
}

function endedIn(ends: readonly [Point, Point] | undefined): Ended {
  return ends === undefined ? { requests: 0, failed: 0 } : endedBetween(ends[0].counters, ends[1].counters);
}
