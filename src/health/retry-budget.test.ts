import { expect, test } from 'vitest';
import { CountersFixture, type Second } from './counters-fixture.ts';
import { RetryBudget } from './retry-budget.ts';

const pools = [{ backend: 'live.servers', budget: 20 }];

function play(
  seconds: number,
  traffic: (allowed: boolean, second: number) => Readonly<Record<string, Second>>,
) {
  const [budget, counters] = [new RetryBudget(), new CountersFixture()];
  let allowed = true;
  return Array.from({ length: seconds }, (_, second) => {
    const [verdict] = budget.judge(counters.second(traffic(allowed, second)), pools);
    allowed = verdict?.allowed ?? true;
    return verdict;
  });
}

test('a pool that fails everything is not sent it again for long', () => {
  const seen = play(60, (allowed) => ({
    a: { requests: allowed ? 200 : 100, retried: allowed ? 100 : 0 },
    b: { requests: allowed ? 200 : 100, retried: allowed ? 100 : 0 },
  }));
  expect(seen[2]).toEqual({
    backend: 'live.servers',
    allowed: false,
    condition:
      'More than 20 % of the requests had to be sent again, so only failed connections are tried on another server for now.',
  });
  // It is tried again and again, and is within the budget on the average.
  const trying = seen.filter((verdict) => verdict?.allowed === true).length;
  expect(trying / seen.length).toBeLessThan(0.25);
  expect(seen.slice(20).some((verdict) => verdict?.allowed === true)).toBe(true);
});

test('retries within the budget are allowed, and ten a second in any case', () => {
  expect(play(60, () => ({ a: { requests: 119, retried: 19 } })).every((one) => one?.allowed)).toBe(true);
  expect(play(60, () => ({ a: { requests: 20, retried: 10 } })).every((one) => one?.allowed)).toBe(true);
});

test('between half of the budget and all of it nothing changes', () => {
  const storm: Second = { requests: 200, retried: 100 };
  const less: Second = { requests: 115, retried: 15 };
  expect(play(40, (_, second) => ({ a: second < 5 ? storm : less })).at(-1)?.allowed).toBe(false);
  expect(play(40, () => ({ a: less })).at(-1)?.allowed).toBe(true);
});

test('after a reload they are allowed, as HAProxy does', () => {
  const [budget, counters] = [new RetryBudget(), new CountersFixture()];
  for (let second = 0; second < 5; second += 1)
    budget.judge(counters.second({ a: { requests: 200, retried: 100 } }), pools);
  expect(budget.judge(counters.second({ a: {} }), pools)).toMatchObject([{ allowed: false }]);
  counters.newWorker();
  expect(budget.judge(counters.second({ a: { requests: 900, retried: 450 } }), pools)).toMatchObject([
    { allowed: true },
  ]);
});

test('redispatches alone are failed connections, and cost no budget', () => {
  const [budget, counters] = [new RetryBudget(), new CountersFixture()];
  const verdicts = Array.from({ length: 30 }, (_, second) => {
    const sample = counters.second({ a: { requests: 100 } });
    const servers = sample.servers.map((one) => ({ ...one, redispatches: second * 100 }));
    return budget.judge({ ...sample, servers }, pools);
  });
  expect(verdicts.flat().every(({ allowed }) => allowed)).toBe(true);
});
