import { describe, expect, test } from 'vitest';
import { type Fate, fateWords, isComplete, type NodeFate, nextMove } from './fate.ts';

const rules = { keep: false, interrupted: false };

/** In the order in which they are changed. */
function fates(...kinds: readonly Fate['kind'][]): NodeFate[] {
  return kinds.map((kind, index) => ({ node: `n${index + 1}`, before: 7, fate: fateOf(kind) }));
}

function fateOf(kind: Fate['kind']): Fate {
  switch (kind) {
    case 'untouched':
    case 'unchanged':
    case 'undone':
      return { kind };
    case 'changed':
      return { kind, revision: 8, awaiting: false };
    default:
      return { kind, why: 'so it is' };
  }
}

const change = (node: string) => ({ kind: 'change', node });
const undo = (node: string, by: string) => ({ kind: 'undo', node, because: `${by} did not take it` });
const end = { kind: 'end' };

describe('one node after the other', () => {
  test.each<[Fate['kind'][], object]>([
    [['untouched', 'untouched'], change('n1')],
    [['changed', 'untouched'], change('n2')],
    [['unchanged', 'untouched'], change('n2')],
    [['changed', 'changed'], end],
    [['unchanged', 'unchanged'], end],
  ])('%j', (kinds, move) => {
    expect(nextMove(fates(...kinds), rules)).toEqual(move);
  });
});

describe('a node that does not take it', () => {
  test.each<[Fate['kind'][], object]>([
    [['refused', 'untouched'], end],
    [['reverted', 'untouched'], end],
    [['changed', 'refused', 'untouched'], undo('n1', 'n2')],
    [['changed', 'changed', 'reverted'], undo('n2', 'n3')],
    [['changed', 'undone', 'reverted'], undo('n1', 'n3')],
    [['undone', 'undone', 'reverted'], end],
    // What had it before is not taken back, and one that cannot be does not keep the others.
    [['unchanged', 'refused'], end],
    [['changed', 'stuck', 'refused'], undo('n1', 'n3')],
  ])('%j', (kinds, move) => {
    expect(nextMove(fates(...kinds), rules)).toEqual(move);
  });

  test('with --keep the others stay', () => {
    expect(nextMove(fates('changed', 'refused', 'untouched'), { ...rules, keep: true })).toEqual(end);
  });
});

describe('nobody knows, or somebody wants to decide', () => {
  test.each<Fate['kind'][][]>([
    [['lost', 'untouched']],
    [['changed', 'lost', 'untouched']],
    [['changed', 'unreached']],
    [['changed', 'refused', 'lost']],
  ])('%j', (kinds) => {
    expect(nextMove(fates(...kinds), rules)).toEqual(end);
  });

  test.each<Fate['kind'][][]>([
    [['untouched', 'untouched']],
    [['changed', 'untouched']],
    [['changed', 'refused']],
  ])('interrupted: %j', (kinds) => {
    expect(nextMove(fates(...kinds), { ...rules, interrupted: true })).toEqual(end);
  });
});

test('every way ends: nothing is asked of a node twice', () => {
  const outcomes: readonly Fate['kind'][] = [
    'unchanged',
    'changed',
    'refused',
    'reverted',
    'unreached',
    'lost',
  ];
  const undone: readonly Fate['kind'][] = ['undone', 'stuck'];
  let ways = 0;
  const walk = (state: NodeFate[], asked: readonly string[]): void => {
    const move = nextMove(state, rules);
    if (move.kind === 'end') {
      ways += 1;
      // Either all have it, or there is a reason.
      const reason = state.some(({ fate }) =>
        ['refused', 'reverted', 'unreached', 'lost'].includes(fate.kind),
      );
      expect(isComplete(state) || reason).toBe(true);
      return;
    }
    const step = `${move.kind} ${move.node}`;
    expect(asked).not.toContain(step);
    for (const kind of move.kind === 'change' ? outcomes : undone) {
      const next = state.map((one) => (one.node === move.node ? { ...one, fate: fateOf(kind) } : one));
      walk(next, [...asked, step]);
    }
  };
  walk(fates('untouched', 'untouched', 'untouched'), []);
  expect(ways).toBe(48);
});

test.each<[Fate['kind'], string]>([
  ['untouched', 'was not touched: revision 7 is in service'],
  ['unchanged', 'already had it: revision 7'],
  ['changed', 'has it as revision 8'],
  ['refused', 'refused it, and revision 7 is in service: so it is'],
  ['undone', 'had it, and was taken back to what revision 7 was'],
  ['stuck', 'still has it, and could not be taken back to revision 7: so it is'],
])('%s, in words', (kind, words) => {
  const [one] = fates(kind);
  expect(one && fateWords(one)).toBe(words);
});
