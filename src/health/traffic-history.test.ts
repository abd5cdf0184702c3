import { expect, test } from 'vitest';
import { CountersFixture } from './counters-fixture.ts';
import { TrafficHistory } from './traffic-history.ts';

/** Seconds pass, and only some of them are seen. */
function historyOf(seen: readonly number[], keep = 2_000) {
  const counters = new CountersFixture();
  const history = new TrafficHistory(keep);
  for (let second = 1; second <= Math.max(...seen); second += 1) {
    const sample = counters.second({ a: { requests: 10 } });
    if (seen.includes(second)) history.add(sample);
  }
  const ends = history.last('live.servers', 'a', 1_000);
  return ends && { from: (ends[0].at / 1_000) % 100, to: (ends[1].at / 1_000) % 100 };
}

test('the last second is that between samples a second apart', () => {
  expect(historyOf([1, 2, 3])).toEqual({ from: 2, to: 3 });
});

test('of samples that come seldomer, it is all that was between the last two', () => {
  expect(historyOf([1, 6, 11])).toEqual({ from: 6, to: 11 });
});

test('one sample says nothing, nor do two that are more than a minute apart', () => {
  expect(historyOf([1])).toBeUndefined();
  expect(historyOf([1, 62])).toBeUndefined();
});
