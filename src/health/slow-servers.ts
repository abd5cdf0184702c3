import type { OutlierDetection } from '../model/outlier-detection.ts';
import { Repeats } from './repeats.ts';
import { median, typicalResponseTime } from './response-time.ts';
import { keyOf } from './server-key.ts';
import type { TrafficHistory } from './traffic-history.ts';
import { mostEjected, type WatchedPool } from './watched-pool.ts';

/** That a server should get fewer requests for a while. */
export interface SlowServer {
  readonly backend: string;
  readonly server: string;
  /** Of the declared weight. */
  readonly percent: number;
  /** A clause: `it takes 840 ms for an answer, its siblings 90 ms`. */
  readonly because: string;
  readonly since: number;
}

interface Lowered {
  readonly wish: SlowServer;
  /** Not given back earlier. */
  readonly until: number;
}

const firstHold = 60_000;
const longestHold = 15 * 60_000;
const forgottenAfter = 15 * 60_000;
const longestWait = 32_000;

type Slow = NonNullable<OutlierDetection['slow']>;

/**
 * Servers that are much slower than their siblings. A weight is given back when the server is clearly faster again, or
 * gets too few requests to show it: then it is tried, and if it is still slow it waits twice as long the next time.
 */
export class SlowServers {
  readonly #history: TrafficHistory;
  readonly #holds = new Repeats(longestHold, forgottenAfter);
  readonly #lowered = new Map<string, Lowered>();

  constructor(history: TrafficHistory) {
    this.#history = history;
  }

  /** @param isOut whether a server is kept out for errors. These and the slow ones together keep to the limit of the pool. */
  judge(pool: WatchedPool, now: number, isOut: (server: string) => boolean): SlowServer[] {
    const { backend, detection, servers } = pool;
    const { slow } = detection;
    if (this.#lowered.size === 0 && this.#history.isIdle(backend)) return [];
    const ours = () =>
      servers.flatMap(({ name }) => {
        const lowered = this.#lowered.get(keyOf(backend, name));
        return lowered === undefined ? [] : [lowered];
      });
    if (slow === undefined) {
      for (const { wish } of ours()) this.#giveBack(wish, now);
      return [];
    }
    const times = new Map(
      servers.flatMap(({ name, serving }): [string, number][] => {
        const time =
          isOut(name) || !serving ? undefined : this.#typical(backend, name, detection.minRequests);
        return time === undefined ? [] : [[name, time]];
      }),
    );
    for (const { wish, until } of ours()) {
      if (now >= until && !this.#isStillSlow(wish, times, slow, now)) this.#giveBack(wish, now);
    }
    const most = mostEjected(servers.length, detection.maxEjected);
    const free = () => most - servers.filter(({ name }) => isOut(name)).length - ours().length;
    for (const [name, time] of [...times].sort((a, b) => b[1] - a[1])) {
      const siblings = this.#siblings(backend, name, times);
      if (free() <= 0 || siblings === undefined || this.#lowered.has(keyOf(backend, name))) continue;
      if (time < siblings * slow.factor || time - siblings < slow.atLeast) continue;
      const because = `it takes ${Math.round(time)} ms for an answer, its siblings ${Math.round(siblings)} ms`;
      this.#lower({ backend, server: name, percent: slow.weight, because, since: now });
    }
    // Servers that are kept out for errors count first.
    for (const { wish } of ours().slice(0, Math.max(0, -free()))) this.#giveBack(wish, now);
    return ours().map(({ wish }) => wish);
  }

  get isEmpty(): boolean {
    return this.#lowered.size === 0 && this.#holds.isEmpty;
  }

  forgetAllBut(keys: ReadonlySet<string>): void {
    for (const key of this.#lowered.keys()) if (!keys.has(key)) this.#lowered.delete(key);
    this.#holds.forgetAllBut(keys);
  }

  #typical(backend: string, server: string, minRequests: number): number | undefined {
    const since = this.#lowered.get(keyOf(backend, server))?.wish.since ?? 0;
    const points = this.#history.of(backend, server).filter(({ at }) => at >= since);
    return typicalResponseTime(points, minRequests);
  }

  /** The median of the others that get all that they are meant to get. */
  #siblings(backend: string, server: string, times: ReadonlyMap<string, number>): number | undefined {
    return median(
      [...times].flatMap(([name, time]) =>
        name === server || this.#lowered.has(keyOf(backend, name)) ? [] : [time],
      ),
    );
  }

  /** Halfway between slow and like the others is still slow: else a server at the edge would come and go. */
  #isStillSlow(
    { backend, server }: SlowServer,
    times: ReadonlyMap<string, number>,
    slow: Slow,
    now: number,
  ): boolean {
    const time = times.get(server);
    const siblings = this.#siblings(backend, server, times);
    // Just after a new worker nothing is known of anybody.
    if (this.#isYoung(backend, server, now)) return true;
    if (time === undefined || siblings === undefined) return false;
    return time >= (siblings * (1 + slow.factor)) / 2 && time - siblings >= slow.atLeast / 2;
  }

  #isYoung(backend: string, server: string, now: number): boolean {
    const oldest = this.#history.of(backend, server)[0]?.at;
    return oldest !== undefined && now - oldest < longestWait - 4_000;
  }

  #lower(wish: SlowServer): void {
    const key = keyOf(wish.backend, wish.server);
    const lasts = this.#holds.begin(key, firstHold, wish.since);
    this.#lowered.set(key, { wish, until: wish.since + lasts });
  }

  #giveBack({ backend, server }: SlowServer, now: number): void {
    const key = keyOf(backend, server);
    this.#lowered.delete(key);
    this.#holds.end(key, now);
    this.#history.forget(backend, server);
  }
}
