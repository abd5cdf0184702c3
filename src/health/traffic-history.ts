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
    const seen = new Map<string, Set<string>>();
    for (const counters of servers) {
      const { backend, server } = counters;
      remember(seen, backend, () => new Set()).add(server);
      const points = remember(
        remember(this.#points, backend, () => new Map<string, Point[]>()),
        server,
        () => [],
      );
      const last = points.at(-1);
      if (last !== undefined && (at <= last.at || startedAgain(last.counters, counters))) points.length = 0;
      points.push({ at, counters });
      const old = points.findIndex((point) => point.at >= at - this.#keep);
      // Of many servers samples come some seconds apart: then the last two are all there is to compare.
      const before = points.at(-2);
      const kept =
        before !== undefined && at - before.at < longestPause ? points.length - 2 : points.length - 1;
      points.splice(0, Math.min(old, kept));
    }
    for (const [backend, ofBackend] of this.#points) {
      for (const server of [...ofBackend.keys()]) {
        if (seen.get(backend)?.has(server) !== true) ofBackend.delete(server);
      }
    }
  }

  /** From the oldest to the newest; empty for a server that is not known. */
  of(backend: string, server: string): readonly Point[] {
    return this.#points.get(backend)?.get(server) ?? [];
  }

  servers(backend: string): readonly string[] {
    return [...(this.#points.get(backend)?.keys() ?? [])];
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
