import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/reconcile/guard/judge.ts';
import { expecting, type Traffic, trafficWindow } from '../../src/reconcile/guard/window-fixture.ts';

/** Mulberry32: small, even enough, and the same numbers on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function failures(random: () => number, total: number, share: number): number {
  let failed = 0;
  for (let index = 0; index < total; index += 1) if (random() < share) failed += 1;
  return failed;
}

/** As many small windows as large ones. */
function sizeBetween(random: () => number, least: number, most: number): number {
  return Math.round(least * (most / least) ** random());
}

/**
 * How many of so many changes are undone when errors come by chance with these shares. The minute before a change sees
 * between as many requests as the window after it, and six times as many.
 */
function undone(
  trials: number,
  [least, most]: readonly [number, number],
  shareBefore: number,
  shareAfter: number,
  longer: readonly [number, number] = [1, 6],
) {
  const random = seeded(20_260_101);
  let reverted = 0;
  for (let trial = 0; trial < trials; trial += 1) {
    const now = sizeBetween(random, least, most);
    const then = Math.round(now * sizeBetween(random, ...longer));
    const before = trafficWindow({ requests: then, answers5xx: failures(random, then, shareBefore) });
    const after = trafficWindow({ requests: now, answers5xx: failures(random, now, shareAfter) });
    if (judge(before, after, expecting()).length > 0) reverted += 1;
  }
  return reverted;
}

describe('errors that come by chance', () => {
  test.each([0.001, 0.01, 0.02, 0.05, 0.1])(
    'a steady share of %d undoes fewer than 1 change of 1,000',
    (share) => {
      expect(undone(4_000, [50, 5_000], share, share)).toBeLessThan(4);
    },
  );

  test('windows of the same few requests undo fewer than 1 change of 1,000', () => {
    for (const requests of [20, 50, 100]) {
      expect(undone(10_000, [requests, requests], 0.01, 0.01)).toBeLessThan(10);
    }
  });

  test('a thousand services at once do not either', () => {
    const random = seeded(7);
    const names = Array.from({ length: 1_000 }, (_, index) => `service-${index}`);
    let reverted = 0;
    for (let trial = 0; trial < 100; trial += 1) {
      const window = () => {
        const one = trafficWindow();
        const frontends = names.map((name) => {
          const requests = sizeBetween(random, 50, 500);
          const answers5xx = failures(random, requests, 0.01);
          return [name, { name, requests, answers5xx, connections: requests, failedHandshakes: 0 }] as const;
        });
        return { ...one, frontends: new Map(frontends) };
      };
      const expected = {
        pools: new Map(),
        frontends: new Map(names.map((name) => [name, `${name}.servers`])),
      };
      if (judge(window(), window(), expected).length > 0) reverted += 1;
    }
    expect(reverted).toBe(0);
  });
});

describe('errors that a change brings', () => {
  test.each([
    ['a sound service', 0, [1, 6]],
    ['a service with 1 %% of them', 0.01, [6, 6]],
    ['a service with 2 %% of them', 0.02, [6, 6]],
  ] as const)('30 %% of at least 100 requests are always seen, of %s', (_, shareBefore, longer) => {
    expect(undone(2_000, [100, 5_000], shareBefore, 0.3, longer)).toBe(2_000);
    expect(undone(2_000, [100, 100], shareBefore, 0.3, longer)).toBe(2_000);
  });

  test('30 % of 100 requests are seen too when there was hardly a request before', () => {
    const random = seeded(3);
    for (let trial = 0; trial < 1_000; trial += 1) {
      const before = trafficWindow({ requests: trial % 20 });
      const after = trafficWindow({ requests: 100, answers5xx: failures(random, 100, 0.3) });
      expect(judge(before, after, expecting())).toHaveLength(1);
    }
  });
});

const traffic: fc.Arbitrary<Traffic> = fc
  .record({
    requests: fc.nat(1_000_000),
    connections: fc.nat(1_000_000),
    shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
    up: fc.nat(4),
  })
  .map(({ requests, connections, shares: [a = 0, b = 0, c = 0, d = 0], up }) => ({
    requests,
    connections,
    up,
    answers5xx: Math.floor(requests * a),
    connectErrors: Math.floor(requests * b),
    responseErrors: Math.floor(requests * c),
    failedHandshakes: Math.floor(connections * d),
  }));

test('what did not change is not worse, whatever the service is like', () => {
  fc.assert(
    fc.property(traffic, fc.nat(4), (same, wanted) => {
      expect(judge(trafficWindow(same), trafficWindow(same), expecting(wanted))).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('a regression is said with its numbers, and more servers are never one', () => {
  fc.assert(
    fc.property(traffic, traffic, fc.nat(4), (before, after, wanted) => {
      const found = judge(trafficWindow(before), trafficWindow(after), expecting(wanted));
      for (const { what } of found) {
        expect(what).toMatch(/\d/);
        expect(what).not.toMatch(/NaN|Infinity|undefined/);
      }
      const serversWorse = (after.up ?? 4) < Math.min(before.up ?? 4, wanted);
      expect(found.some(({ what }) => what.startsWith('servers of live:'))).toBe(serversWorse);
    }),
    { numRuns: 2_000 },
  );
});
