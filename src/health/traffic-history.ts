import type { OneServersCounters, ServerCounters } from '../dataplane/counters-port.ts';

/** Counters of one server at one time, in milliseconds since 1970. */
export interface Point {
  readonly at: number;
  readonly counters: OneServersCounters;
}

/** What lies further apart, in milliseconds, is not compared. */
const longestPause = 60_000;

/**
 * What the counters of servers were, for as long as somebody looks back. Counters start again with a new worker, and
 * with a server that is removed and added: what was before is forgotten then, because no difference leads over it.
 */
export class TrafficHistory {
  readonly #keep: number;
  readonly #points = new Map<string, Map<string, Point[]>>();
  #workerPid: number | undefined;

  /** @param keep how far back anybody looks, in milliseconds */
  constructor(keep: number) {
    this.#keep = keep;
  }

  add({ at, workerPid, servers }: ServerCounters): void {
    if (workerPid !== this.#workerPid) this.#points.clear();
    this.#workerPid = workerPid;
    let last: { readonly backend: string; readonly points: Map<string, Point[]> } | undefined;
    for (const counters of servers) {
      const { backend, server } = counters;
      // Those of one backend come together.
      if (last?.backend !== backend)
        last = { backend, points: remember(this.#points, backend, () => new Map<string, Point[]>()) };
      this.#addPoint(
        remember(last.points, server, () => []),
        { at, counters },
      );
    }
    for (const known of this.#points.values()) {
      for (const [server, points] of known) if (points.at(-1)?.at !== at) known.delete(server);
    }
  }

  #addPoint(points: Point[], point: Point): void {
    const { at, counters } = point;
    const last = points.at(-1);
    if (last !== undefined && (at <= last.at || startedAgain(last.counters, counters))) points.length = 0;
    points.push(point);
    const old = points.findIndex((one) => one.at >= at - this.#keep);
    // Of many servers samples come some seconds apart: then the last two are all there is to compare.
    const before = points.at(-2);
    const kept =
      before !== undefined && at - before.at < longestPause ? points.length - 2 : points.length - 1;
    const forgotten = Math.min(old, kept);
    if (forgotten > 0) points.splice(0, forgotten);
  }

  /** From the oldest to the newest; empty for a server that is not known. */
  of(backend: string, server: string): readonly Point[] {
    return this.#points.get(backend)?.get(server) ?? [];
  }

  /** The same of all servers of a backend. */
  all(backend: string): Iterable<readonly Point[]> {
    return this.#points.get(backend)?.values() ?? [];
  }

  /** Whether no counter of any server of a backend moved, as far as that shows without comparing them one by one. */
  isIdle(backend: string): boolean {
    for (const points of this.all(backend)) if (points[0]?.counters !== points.at(-1)?.counters) return false;
    return true;
  }

  /** The ends of the last so many milliseconds; absent when less than half of them is known. */
  last(backend: string, server: string, span: number): readonly [Point, Point] | undefined {
    const points = this.of(backend, server);
    const to = points.at(-1);
    // Samples come about once a second, never exactly; of many servers seldomer, and then a span is that between two.
    const from =
      to && points.find((point, index) => point.at >= to.at - span - 250 || index === points.length - 2);
    return to === undefined || from === undefined || to.at - from.at < span / 2 ? undefined : [from, to];
  }

  /** Starts again with one server: what it did before is no evidence any more. */
  forget(backend: string, server: string): void {
    const points = this.#points.get(backend)?.get(server);
    points?.splice(0, points.length - 1);
  }
}

function startedAgain(before: OneServersCounters, after: OneServersCounters): boolean {
  return after.requests < before.requests || after.answers < before.answers;
}

function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}
