import { expect, test } from 'vitest';
import { CountersFixture } from './counters-fixture.ts';
import { median, responseTimeBetween } from './response-time.ts';

/** Recorded from HAProxy 2.6.12: 1,500 fast answers, then 64 of 400 ms between two lines. */
const recorded = [
  [1_500, 5],
  [1_564, 52],
  [1_628, 93],
  [1_692, 129],
  [1_756, 161],
  [1_820, 190],
] as const;

test('the time of the answers between two samples is found in the sliding mean of HAProxy', () => {
  const [one] = new CountersFixture().second({ a: {} }).servers;
  const points = recorded.map(([answers, responseTime]) => ({ ...Object(one), answers, responseTime }));
  const times = points.slice(1).map((to, index) => responseTimeBetween(points[index], to));
  for (const time of times) expect(time).toSatisfy((value: number) => value > 390 && value < 415);
});

test.each([
  [0, 100],
  [100, 300],
  [300, 700],
  [700, 800],
  [0, 2_000],
])('from answer %i to %i', (first, last) => {
  const counters = new CountersFixture();
  const [from] = counters.second({ a: { requests: first, responseTime: 30 } }).servers;
  const [to] = counters.second({ a: { requests: last - first, responseTime: 500 } }).servers;
  if (from === undefined || to === undefined) throw new Error('there is one server');
  expect(responseTimeBetween(from, to)).toBeCloseTo(500, 3);
  expect(responseTimeBetween(to, to)).toBeUndefined();
});

test('the median', () => {
  expect([median([]), median([3]), median([1, 9, 2]), median([4, 1, 2, 3])]).toEqual([undefined, 3, 2, 2.5]);
});
