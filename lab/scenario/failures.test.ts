// Guards that a failure is told with the moment of the move in which it came: only then can somebody look for its cause.
import { expect, test } from 'vitest';
import { failureLines } from './failures.ts';
import { held, pairWith } from './pair-fixture.ts';
import { recording, sample } from './recording-fixture.ts';

const reset = { outcome: 'failed', what: 'ECONNRESET' } as const;

test('is told with what last happened before it', () => {
  const marks = [{ at: 100, done: 200, text: 'failover', kind: 'command', on: [] } as const];
  const pair = pairWith(...held(300, 'lb-b'), ...held(290, 'lb-a', false));
  const samples = [
    sample(50, { end: 60, ...reset }),
    sample(240, { end: 260, ...reset }),
    sample(290, { end: 350 }),
    sample(280, { sent: 300, end: 340, ...reset }),
  ];
  expect(failureLines(recording({ marks, pair, samples }))).toEqual([
    '  0.060 s: read ECONNRESET after 10 ms',
    '  0.260 s: read ECONNRESET after 20 ms; 160 ms after “failover”',
    '  0.340 s: read ECONNRESET after 40 ms, sent 20 ms late; 40 ms after the address came to lb-b',
  ]);
});

test('of many, the first are told and the others counted', () => {
  const samples = Array.from({ length: 50 }, (_, at) => sample(at, { end: at + 1, ...reset }));
  const lines = failureLines(recording({ samples }));
  expect(lines).toHaveLength(41);
  expect(lines.at(-1)).toBe('  and 10 more');
});
