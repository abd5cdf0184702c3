import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CountersFixture, detection, type Second, watchedPool } from '../../src/health/counters-fixture.ts';
import { OutlierDetector } from '../../src/health/outlier-detector.ts';
import { RetryBudget } from '../../src/health/retry-budget.ts';
import { mostEjected } from '../../src/health/watched-pool.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

const second: fc.Arbitrary<Second> = fc
  .record({
    requests: fc.integer({ min: 0, max: 40 }),
    answers5xx: fc.integer({ min: 0, max: 40 }),
    retried: fc.integer({ min: 0, max: 40 }),
    responseTime: fc.integer({ min: 1, max: 5_000 }),
  })
  .map(({ requests, answers5xx, retried, responseTime }) => {
    const back = Math.min(retried, requests);
    return { requests, retried: back, answers5xx: Math.min(answers5xx, requests - back), responseTime };
  });

test('however servers fail, a pool keeps the share that it is promised, and one server that serves', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }).chain((size) =>
        fc.record({
          size: fc.constant(size),
          maxEjected: fc.integer({ min: 1, max: 100 }),
          seconds: fc.array(
            fc.record({
              traffic: fc.array(second, { minLength: size, maxLength: size }),
              down: fc.subarray(names(size), { maxLength: size }),
              noticed: fc.subarray(names(size)),
              reload: fc.boolean(),
            }),
            { minLength: 10, maxLength: 60 },
          ),
        }),
      ),
      ({ size, maxEjected, seconds }) => {
        const [detector, counters, budget] = [
          new OutlierDetector(),
          new CountersFixture(),
          new RetryBudget(),
        ];
        let out: readonly string[] = [];
        for (const { traffic, down, noticed, reload } of seconds) {
          if (reload) counters.newWorker();
          const sample = counters.second(Object.fromEntries(traffic.map((one, index) => [`s${index}`, one])));
          for (const server of noticed)
            detector.noticed({
              backend: 'live.servers',
              server,
              health: 'down',
              reason: 'Health analyze',
              at: 0,
            });
          const pool = watchedPool(
            names(size),
            names(size).filter((name) => !down.includes(name) && !out.includes(name)),
            { ...detection, maxEjected },
          );
          const { opinions, weights } = detector.judge(sample, [pool]);
          out = opinions.map(({ server }) => server);
          const slower = weights.map(({ server }) => server).filter((server) => !out.includes(server));
          expect(out.length + slower.length).toBeLessThanOrEqual(mostEjected(size, maxEjected));
          if (out.length > 0) {
            expect(pool.servers.some(({ name, serving }) => serving && !out.includes(name))).toBe(true);
          }
          expect(budget.judge(sample, [{ backend: 'live.servers', budget: 20 }])).toHaveLength(1);
        }
      },
    ),
    { numRuns: 200 },
  );
});

// Guards: where no counter moved nothing is looked at, and that shows by the objects alone.
test('whether counters that did not move are the same objects does not matter', () => {
  const moves = fc.dictionary(fc.constantFrom(...names(4)), second, { maxKeys: 4 });
  const pool = watchedPool(names(4));
  fc.assert(
    fc.property(
      fc.array(moves, { minLength: 5, maxLength: 60 }),
      fc.subarray(names(4)),
      (seconds, noticed) => {
        const counters = new CountersFixture();
        const [detector, other] = [new OutlierDetector(), new OutlierDetector()];
        for (const [index, traffic] of seconds.entries()) {
          // Quiet half of the time.
          const sample = counters.second(index === 0 || index % 16 < 8 ? traffic : {});
          const copies = { ...sample, servers: sample.servers.map((one) => ({ ...one })) };
          for (const server of index % 4 === 0 ? noticed : []) {
            const place = { backend: 'live.servers', server };
            const notice = { ...place, health: 'down', reason: 'Health analyze', at: 0 } as const;
            detector.noticed(notice);
            other.noticed(notice);
          }
          expect(detector.judge(sample, [pool])).toEqual(other.judge(copies, [pool]));
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('of servers that all do the same nothing is said, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 6 }),
      fc.array(fc.record({ traffic: second, reload: fc.boolean() }), { minLength: 5, maxLength: 60 }),
      (size, seconds) => {
        const [detector, counters] = [new OutlierDetector(), new CountersFixture()];
        for (const { traffic, reload } of seconds) {
          if (reload) counters.newWorker();
          const sample = counters.second(Object.fromEntries(names(size).map((name) => [name, traffic])));
          expect(detector.judge(sample, [watchedPool(names(size))])).toEqual({ opinions: [], weights: [] });
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('the same traffic every second changes at most once what is said of its weights', () => {
  fc.assert(
    fc.property(fc.array(second, { minLength: 2, maxLength: 5 }), (each) => {
      const [detector, counters] = [new OutlierDetector(), new CountersFixture()];
      // Without failures: a server that fails is tried again after its penalty on purpose.
      const traffic = Object.fromEntries(
        each.map(({ requests = 0, responseTime = 1 }, index) => [`s${index}`, { requests, responseTime }]),
      );
      const pool = watchedPool(Object.keys(traffic));
      let changes = 0;
      let before = '';
      for (let at = 0; at < 300; at += 1) {
        const now = detector
          .judge(counters.second(traffic), [pool])
          .weights.map(({ server }) => server)
          .join();
        if (now !== before) changes += 1;
        before = now;
      }
      expect(changes).toBeLessThanOrEqual(1);
    }),
    { numRuns: 40 },
  );
});

/** Mulberry32: the same numbers on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test.each([
  [0.05, 10, 0],
  [0.2, 10, 4],
  [0.3, 10, 2],
  [0.3, 3, 12],
  [0.5, 10, 0],
])(
  'a share of %d of poison requests, %i a second: at most %i times in two hours a server is kept out',
  (share, rate, most) => {
    const random = seeded(20_260_101);
    const [detector, counters] = [new OutlierDetector(), new CountersFixture()];
    const pool = watchedPool(['a', 'b', 'c']);
    let ejections = 0;
    let before: readonly string[] = [];
    const hours = 2;
    for (let at = 0; at < hours * 3_600; at += 1) {
      const one = () => ({
        requests: rate,
        answers5xx: Array.from({ length: rate }, random).filter((value) => value < share).length,
      });
      const now = detector.judge(counters.second({ a: one(), b: one(), c: one() }), [pool]).opinions;
      ejections += now.filter(({ server }) => !before.includes(server)).length;
      before = now.map(({ server }) => server);
    }
    // Of 21,600 windows. Each costs ten seconds of one server.
    expect(ejections).toBeLessThanOrEqual(most);
  },
);
