import { expect, test } from 'vitest';
import { CountersFixture, detection, type Second, watchedPool } from './counters-fixture.ts';
import { OutlierDetector } from './outlier-detector.ts';
import type { SlowServer } from './slow-servers.ts';

const three = watchedPool(['a', 'b', 'c']);

function play(
  seconds: number,
  traffic: (lowered: boolean, second: number) => Readonly<Record<string, Second>>,
  pool = three,
): (readonly SlowServer[])[] {
  const [detector, counters] = [new OutlierDetector(), new CountersFixture()];
  let weights: readonly SlowServer[] = [];
  return Array.from({ length: seconds }, (_, second) => {
    weights = detector.judge(counters.second(traffic(weights.length > 0, second)), [pool]).weights;
    return weights;
  });
}

const well: Second = { requests: 10, responseTime: 50 };
const slow: Second = { requests: 10, responseTime: 600 };

/** How often it changed between lowered and not. */
function changes(seen: readonly (readonly SlowServer[])[]): number {
  return seen.filter((weights, index) => weights.length !== (seen[index - 1]?.length ?? 0)).length;
}

test('a server that is much slower than its siblings gets less, within half a minute, and says why', () => {
  const seen = play(30, () => ({ a: slow, b: well, c: well }));
  expect(seen.at(-1)).toMatchObject([
    {
      backend: 'live.servers',
      server: 'a',
      percent: 25,
      because: 'it takes 600 ms for an answer, its siblings 50 ms',
    },
  ]);
});

test('it stays so while it is slow, and gets all again when it is well', () => {
  const slowFor = 600;
  const seen = play(800, (lowered, second) => ({
    a: { requests: lowered ? 3 : 10, responseTime: second < slowFor ? 600 : 50 },
    b: well,
    c: well,
  }));
  expect(changes(seen.slice(0, slowFor))).toBe(1);
  expect(seen.slice(-100).flat()).toEqual([]);
  expect(changes(seen)).toBe(2);
});

test('one that gets too few requests to show that it is well is tried again, each time later', () => {
  const seen = play(7_200, (lowered) => ({ a: lowered ? {} : slow, b: well, c: well }));
  const holds: number[] = [];
  let since = 0;
  for (const [second, weights] of seen.entries()) {
    const before = seen[second - 1]?.length ?? 0;
    if (weights.length > before) since = second;
    if (weights.length < before) holds.push(second - since);
  }
  expect(holds.slice(0, 6)).toEqual([60, 120, 240, 480, 900, 900]);
});

test.each<[string, (second: number) => Second]>([
  ['one request took a minute', (second) => (second === 10 ? { requests: 10, responseTime: 6_000 } : well)],
  ['three times as slow, but not noticeable', () => ({ requests: 10, responseTime: 190 })],
  ['noticeable, but not three times as slow', () => ({ requests: 10, responseTime: 140 })],
  ['too few requests', (second) => (second % 2 === 0 ? {} : { requests: 1, responseTime: 600 })],
])('nothing is done when %s', (_, server) => {
  expect(play(120, (__, second) => ({ a: server(second), b: well, c: well })).flat()).toEqual([]);
});

test('nothing is done when all are slow, or without the word', () => {
  expect(play(120, () => ({ a: slow, b: slow, c: slow })).flat()).toEqual([]);
  const { slow: _, ...without } = detection;
  const pool = watchedPool(['a', 'b', 'c'], undefined, without);
  expect(play(120, () => ({ a: slow, b: well, c: well }), pool).flat()).toEqual([]);
});

test('a reload is no reason to give a weight back', () => {
  const [detector, counters] = [new OutlierDetector(), new CountersFixture()];
  const traffic = { a: slow, b: well, c: well };
  for (let second = 0; second < 100; second += 1) detector.judge(counters.second(traffic), [three]);
  counters.newWorker();
  for (let second = 0; second < 60; second += 1)
    expect(detector.judge(counters.second(traffic), [three]).weights).toHaveLength(1);
});

test('servers that are kept out for errors count first', () => {
  const [detector, counters] = [new OutlierDetector(), new CountersFixture()];
  for (let second = 0; second < 40; second += 1)
    detector.judge(counters.second({ a: slow, b: well, c: well }), [three]);
  const broken = { a: slow, b: { requests: 10, answers5xx: 10 }, c: well };
  const seen = detector.judge(counters.second(broken), [three]);
  expect([seen.opinions.length, seen.weights.length]).toEqual([1, 0]);
});
