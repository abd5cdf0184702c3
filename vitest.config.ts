import { defineConfig } from 'vitest/config';

/** Tests that start no process of the product and so may all run at once. Any other test is a system test. */
const pure = ['src/**/*.test.ts', 'test/{golden,property,guards,bad-declarations}/**/*.test.ts'];
const system = ['**/*.system.test.ts'];
/** Measure: each has the machine for itself. */
const scenarios = ['lab/scenarios.test.ts', 'lab/pair/takeover.test.ts'];
/**
 * CI's machine does other things, too, and real processes may be late. Which tests needed a second try is printed at the end,
 * so that nobody gets used to it.
 */
const retry = process.env['CI'] ? 1 : 0;
/** More than a minute each, for what other tests touch, too. CI leaves them to `npm run test:all`. */
const long =
  process.env['CI'] && process.env['AORTA_TEST_WHOLE'] !== '1'
    ? [
        'test/integration/live-traffic.test.ts',
        'test/integration/shared-store-starts.test.ts',
        'lab/fabric/faults.test.ts',
      ]
    : [];
const never = ['**/node_modules/**', '**/fixtures/**', '.tools/**', '.aorta/**'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: pure,
          exclude: [...never, ...system],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'system',
          include: ['{test,lab,scripts}/**/*.test.ts', ...system],
          exclude: [...never, ...long, ...scenarios, ...pure.filter((glob) => glob.startsWith('test/'))],
          // Real HAProxy, real sockets: with two at a time two cores waited a third of the time (measured).
          maxWorkers: 3,
          retry,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'scenarios',
          include: scenarios,
          exclude: never,
          maxWorkers: 1,
          retry,
          testTimeout: 90_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
