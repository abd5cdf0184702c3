import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeepResult } from '../dataplane/probe-port.ts';
import type { Name } from '../model/name.ts';
import { isRestless, newRung, type Patience, type RungState, rungHealth, withResult } from './rungs.ts';

// Guards: a server that is taken out too early, too late, or never comes back.

const passed: DeepResult = { kind: 'passed' };
const failed: DeepResult = { kind: 'failed', fault: 'status', what: 'the answer is 500 instead of 200' };
const patience = { fall: 3, rise: 2 };

/** One result a second, `+` for a pass, from second 1 on. */
function after(results: string, limits: Patience = patience, rung: RungState = newRung): RungState {
  return results
    .split('')
    .reduce(
      (state, sign, index) => withResult(state, sign === '+' ? passed : failed, limits, (index + 1) * 1_000),
      rung,
    );
}

test.each([
  ['', 'unknown', undefined],
  ['-', 'unknown', undefined],
  ['--', 'unknown', undefined],
  ['---', 'failing', 3_000],
  ['-----', 'failing', 3_000],
  ['+', 'passing', 1_000],
  ['--+', 'passing', 3_000],
  ['+--', 'passing', 1_000],
  ['+--+--', 'passing', 1_000],
  ['+---', 'failing', 4_000],
  ['---+', 'failing', 3_000],
  ['---+-+', 'failing', 3_000],
  ['---++', 'passing', 5_000],
  ['---++--', 'passing', 5_000],
] as const)('after "%s" it is %s', (results, verdict, since) => {
  const { state, since: shown } = rungHealth('capability' as Name, after(results));
  expect([state, shown]).toEqual([verdict, since]);
});

test('the last failure is shown until a check passes; the recovery of a failing rung still shows it', () => {
  const shown = (results: string) => rungHealth('capability' as Name, after(results)).detail;
  expect(shown('')).toBeUndefined();
  expect(shown('+-')).toBe('the answer is 500 instead of 200');
  expect(shown('+-+')).toBeUndefined();
  expect(shown('---+')).toBe('the answer is 500 instead of 200');
  expect(shown('---++')).toBeUndefined();
});

test('whoever is in doubt asks sooner', () => {
  const restless = ['', '+', '-', '+-', '---', '---+', '---++'].filter((results) =>
    isRestless(after(results)),
  );
  expect(restless).toEqual(['-', '+-', '---', '---+']);
});

describe('whatever the results are', () => {
  const limits = fc.record({ fall: fc.integer({ min: 1, max: 6 }), rise: fc.integer({ min: 1, max: 6 }) });
  const signs = fc.string({ unit: fc.constantFrom('+', '-'), maxLength: 40 });

  test('it never fails before `fall` failures in a row, and does then', () => {
    fc.assert(
      fc.property(signs, limits, (results, { fall, rise }) => {
        const state = after(results, { fall, rise });
        const failuresInARow = /-*$/.exec(results)?.[0].length ?? 0;
        if (failuresInARow >= fall) expect(state.verdict).toBe('failing');
        if (!results.includes('-'.repeat(fall))) expect(state.verdict).not.toBe('failing');
      }),
    );
  });

  test('it is back after `rise` passes in a row, whatever was before', () => {
    fc.assert(
      fc.property(signs, limits, (results, { fall, rise }) => {
        expect(after(`${results}${'+'.repeat(rise)}`, { fall, rise }).verdict).toBe('passing');
      }),
    );
  });

  test('a failing one is not back before `rise` passes', () => {
    fc.assert(
      fc.property(signs, limits, fc.nat(5), (results, { fall, rise }, passes) => {
        fc.pre(passes < rise);
        const state = after(`${results}${'-'.repeat(fall)}${'+'.repeat(passes)}`, { fall, rise });
        expect(state.verdict).toBe('failing');
      }),
    );
  });
});
