import type { OneServersCounters } from '../dataplane/counters-port.ts';
import type { Point } from './traffic-history.ts';

/** As many answers HAProxy's sliding mean goes back: 512, measured with 2.6 and 3.0. Each new one replaces that part of it. */
const memory = 512;

/**
 * The mean response time of the answers between two samples. HAProxy gives a mean that forgets slowly: after 100 slow
 * answers it shows a fifth of the truth, and a server that has recovered looks slow for minutes. Its rule is known, so
 * what it was mixed with is taken out again. HAProxy rounds to milliseconds, which makes an error of 512 / answers ms.
 *
 * @returns milliseconds; absent without new answers
 */
export function responseTimeBetween(from: OneServersCounters, to: OneServersCounters): number | undefined {
  const answers = to.answers - from.answers;
  if (answers <= 0 || to.responseTime === undefined) return undefined;
  const before = from.responseTime ?? 0;
  // What is left of the old mean. Up to 512 answers in all it is the plain mean of all of them.
  const plain =
    Math.min(to.answers, memory) <= from.answers ? 1 : from.answers / Math.min(to.answers, memory);
  const left =
    plain * (1 - 1 / memory) ** (to.answers - Math.min(to.answers, Math.max(from.answers, memory)));
  return Math.max(0, (to.responseTime - before * left) / (1 - left));
}

const slice = 5_000;

/** Fewer say nothing. */
const leastSlices = 4;

/**
 * How long a server takes: the median of means of five seconds each, so that one request that took a minute is not
 * taken for a slow server.
 * @param minRequests answers without which a slice says nothing
 * @returns milliseconds; absent when fewer than four slices say something
 */
export function typicalResponseTime(points: readonly Point[], minRequests: number): number | undefined {
  const [first, last] = [points[0], points.at(-1)];
  // A server with hardly any requests, as most are in a large estate.
  const answers =
    first === undefined || last === undefined ? 0 : last.counters.answers - first.counters.answers;
  if (answers < leastSlices * minRequests) return undefined;
  const means: number[] = [];
  let start = first;
  for (const point of points) {
    if (start === undefined || point.at - start.at < slice - 250) continue;
    if (point.counters.answers - start.counters.answers >= minRequests) {
      const mean = responseTimeBetween(start.counters, point.counters);
      if (mean !== undefined) means.push(mean);
    }
    start = point;
  }
  return means.length < leastSlices ? undefined : median(means);
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  const below = sorted[Math.ceil(sorted.length / 2) - 1];
  return middle === undefined || below === undefined ? undefined : (middle + below) / 2;
}
