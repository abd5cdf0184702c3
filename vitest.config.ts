import { defineConfig } from 'vitest/config';

/** Tests that start no process of the product and so may all run at once. Any other test is a system test. */
const pure = ['src/**/*.test.ts', 'test/{golden,property,guards,bad-declarations}/**/*.test.ts'];
const system = ['**/*.system.test.ts'];
/** Measure: each has the machine for itself. */
const scenarios = ['lab/scenarios.test.ts', 'lab/pair/takeover.test.ts'];
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
          exclude: [...never, ...scenarios, ...pure.filter((glob) => glob.startsWith('test/'))],
          // Real HAProxy, real sockets: on a small machine more of them at once only makes each slower.
          maxWorkers: 2,
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
          testTimeout: 90_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
