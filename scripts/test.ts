// Runs the tests and ends with one plain line that a person and a machine can read: "12 passed, 0 failed".
//
//   npm test                      every test
//   npm test -- src/kernel        those whose path contains src/kernel
//   npm test -- --project system  and any other option of vitest

import { parseCLI, startVitest, type Vitest } from 'vitest/node';

type Tally = {
  passed: number;
  failed: number;
  skipped: number;
  errors: number;
  /** Passed, and not at the first try. */
  late: string[];
};

function tallyOf(vitest: Vitest): Tally {
  const errors = vitest.state.getUnhandledErrors().length;
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, errors, late: [] };
  for (const module of vitest.state.getTestModules()) {
    const failedBefore = tally.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') tally.passed += 1;
      else if (state === 'skipped') tally.skipped += 1;
      // A test that never came to an end did not pass.
      else tally.failed += 1;
      if (state === 'passed' && (test.diagnostic()?.retryCount ?? 0) > 0) tally.late.push(test.fullName);
    }
    // A file that does not load, or whose hook fails, has no failed test of its own.
    if (module.state() === 'failed' && tally.failed === failedBefore) tally.failed += 1;
  }
  return tally;
}

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const vitest = await startVitest(filter, { ...options, watch: false, passWithNoTests: false });
const { passed, failed, skipped, errors, late } = tallyOf(vitest);
await vitest.close();

// In CI a skipped test is a test that did not run: what it needs is missing there, and that is a failure.
const skippedFails = skipped > 0 && Boolean(process.env['CI']);
if (errors > 0) console.error(`${errors} errors outside of any test`);
if (skippedFails) console.error('Skipped tests count as a failure in CI.');
for (const name of late) console.error(`Passed at the second try only: ${name}`);
if (passed + failed === 0) console.error('No test ran.');
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || errors > 0 || skippedFails || passed === 0 ? 1 : 0);
