// Guards that a takeover is measured from the fault to an answer by way of the other node, and that each expectation can fail.
import { describe, expect, test } from 'vitest';
import { expectSchema } from './expect-schema.ts';
import { holdersAt, takeoverAfter, takeovers } from './holders.ts';
import { judge } from './judge.ts';
import { held, pairWith } from './pair-fixture.ts';
import type { Recording } from './recording.ts';
import { recording, sample } from './recording-fixture.ts';

const cut = { at: 300, done: 310, text: 'front link cut', kind: 'fault', on: ['lb-a'] } as const;
const answers = (...ends: readonly number[]) => ends.map((end) => sample(end - 5, { end }));
const run = (changes: Partial<Recording>) => recording({ marks: [cut], ...changes });

/** lb-a is cut off at 300 ms, lb-b has the addresses at 700 ms and answers at 740 ms. */
const takenOver = run({
  pair: pairWith(...held(300, 'lb-a', false), ...held(700, 'lb-b')),
  samples: answers(100, 200, 290, 305, 740, 800),
});

function missed(wanted: object, found: Recording): string[] {
  const { assertions } = judge({ expect: expectSchema.parse(wanted) }, found);
  return assertions.filter(({ passed }) => !passed).map(({ what, measured }) => `${what}: ${measured}`);
}

describe('a takeover', () => {
  test('lasts from the action to the first answer after the address has moved', () => {
    // The answer at 305 ms was still on its way from lb-a.
    expect(takeoverAfter(takenOver, cut)).toEqual({ node: 'lb-b', address: 400, answer: 440 });
    expect(takeovers(takenOver).map(({ mark }) => mark.text)).toEqual(['front link cut']);
  });
  test('without an answer never ends, and without a move is none', () => {
    expect(takeoverAfter({ ...takenOver, samples: answers(100, 305) }, cut)?.answer).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(takeoverAfter(run({ pair: pairWith() }), cut)).toBeUndefined();
    expect(takeoverAfter(run({}), cut)).toBeUndefined();
  });
  test('belongs to the last fault before it', () => {
    const later = { ...cut, at: 600, text: 'kill -9 haproxy' };
    const found = { ...takenOver, marks: [cut, later] };
    expect(takeoverAfter(found, cut)).toBeUndefined();
    expect(takeoverAfter(found, later)?.address).toBe(100);
  });
  test('is judged by its node and by its time', () => {
    const wanted = (changes: object) => ({
      takeovers: [{ after: '300ms', by: 'lb-b', within: '500ms', ...changes }],
    });
    expect(missed(wanted({}), takenOver)).toEqual([]);
    expect(missed(wanted({ within: '430ms' }), takenOver)).toEqual([
      'takeover after 300 ms: by lb-b, the address after 400 ms, an answer after 440 ms',
    ]);
    expect(missed(wanted({ by: 'lb-a' }), takenOver)).toHaveLength(1);
    expect(missed(wanted({}), run({ pair: pairWith() }))).toEqual([
      'takeover after 300 ms: the address stayed',
    ]);
    expect(missed(wanted({ after: '5s' }), takenOver)).toHaveLength(1);
  });
});

describe('who holds the addresses', () => {
  test('is who has all of them', () => {
    const [first, second] = held(500, 'lb-b');
    if (first === undefined || second === undefined) throw new Error('two addresses');
    expect(holdersAt(pairWith(first), 600)).toEqual(['lb-a']);
    expect(holdersAt(pairWith(first, second), 600)).toEqual(['lb-a', 'lb-b']);
    expect(holdersAt(pairWith(first, second), 400)).toEqual(['lb-a']);
  });
  test('is exactly whom the scenario names', () => {
    const wanted = (by: string | string[]) => ({ heldBy: [{ at: '900ms', by }] });
    expect(missed(wanted(['lb-b']), takenOver)).toEqual([]);
    expect(missed(wanted(['lb-b', 'lb-a']), takenOver)).toEqual(['who holds the addresses at 900 ms: lb-b']);
    expect(missed(wanted('one'), takenOver)).toEqual([]);
    const both = run({ pair: pairWith(...held(700, 'lb-b')) });
    expect(missed(wanted('one'), both)).toEqual(['who holds the addresses at 900 ms: lb-a and lb-b']);
    expect(missed(wanted(['lb-b', 'lb-a']), both)).toEqual([]);
    expect(missed(wanted([]), both)).toHaveLength(1);
    expect(missed(wanted('one'), run({}))).toEqual(['who holds the addresses at 900 ms: nobody']);
  });
});

test('moves are counted from the end of the warm-up', () => {
  expect(missed({ moves: 1 }, takenOver)).toEqual([]);
  expect(missed({ moves: 0 }, takenOver)).toEqual(['moves of the address: 1 (to lb-b at 700 ms)']);
  expect(missed({ moves: 0 }, run({ pair: pairWith() }))).toEqual([]);
  // Without a pair nothing was shown.
  expect(missed({ moves: 0 }, run({}))).toHaveLength(1);
});
