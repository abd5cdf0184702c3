import { expect, test } from 'vitest';
import { Pulse } from './pulse.ts';

/** `.` passes, `x` fails, `†` dies. */
function faultAfter(course: string, before = false): boolean {
  const pulse = new Pulse(before);
  for (const one of course) {
    if (one === '.') pulse.pass();
    else if (one === 'x') pulse.fail();
    else pulse.die();
  }
  return pulse.fault;
}

test.each([
  ['', false],
  ['....', false],
  ['x', false],
  ['x.x.x', false],
  ['..xx', true],
  ['†', true],
  ['xx.', true],
  ['xx..', true],
  ['xx...', false],
  ['xx..x...', false],
  ['xx..x..', true],
  ['†..†...', false],
  ['†..†..', true],
])('%s: fault %s', (course, fault) => {
  expect(faultAfter(course)).toBe(fault);
});

test('a watchdog that takes over a fault needs as many good probes as the one before', () => {
  expect(faultAfter('..', true)).toBe(true);
  expect(faultAfter('...', true)).toBe(false);
});
