import { describe, expect, test } from 'vitest';
import type { NodeReport, NodeVerdict, PairRecord, SharedChange } from '../../store/shared/pair-record.ts';
import { makingOrder, nextStep, type Scene } from './next-step.ts';
import { SimulatedPair } from './simulated-pair-fixture.ts';

const change: SharedChange = {
  id: 'c1',
  digest: 'new',
  kind: 'apply',
  author: 'jdoe',
  at: 0,
  nodes: ['lb-a', 'lb-b'],
  guard: 0,
  force: false,
};
const head = { id: 'c0', digest: 'old', kind: 'apply', author: 'jdoe', at: 0, number: 1 } as const;
const pair: PairRecord = { format: 1, head, change, past: [{ id: 'c0', digest: 'old', fate: 'committed' }] };

const verdict = (kind: NodeVerdict['kind'], id = 'c1'): NodeVerdict => ({ change: id, kind });
const report = (kind?: NodeVerdict['kind'], holds = false): NodeReport => ({
  format: 1,
  digest: 'old',
  version: '0.1.0',
  holds,
  ...(kind === undefined ? {} : { verdict: verdict(kind) }),
});

/** What lb-a does, when lb-b is so far. */
function step(mine: NodeVerdict | undefined, theirs: NodeReport, over: Partial<Scene> = {}) {
  return nextStep({
    me: 'lb-a',
    pair,
    reports: new Map([
      ['lb-a', report()],
      ['lb-b', theirs],
    ]),
    present: new Set(['lb-a', 'lb-b']),
    inService: 'old',
    verdict: mine,
    abandoned: new Set(),
    ...over,
  });
}

describe('one node after the other', () => {
  test('all examine it before any makes it, and what was said of another change is nothing', () => {
    expect(step(undefined, report()).kind).toBe('examine');
    expect(step(verdict('has', 'c0'), report()).kind).toBe('examine');
    expect(step(verdict('ready'), report()).kind).toBe('rest');
    expect(step(verdict('ready'), report('ready')).kind).toBe('make');
  });

  test('whoever holds no address first, then by name', () => {
    const reports = new Map([
      ['lb-a', report('ready', true)],
      ['lb-b', report('ready')],
      ['lb-c', report('ready')],
    ]);
    expect(makingOrder({ nodes: ['lb-c', 'lb-a', 'lb-b'] }, reports)).toEqual(['lb-b', 'lb-c', 'lb-a']);
    const two = { reports: new Map([...reports].slice(0, 2)) };
    expect(step(verdict('ready'), report('ready'), two).kind).toBe('rest');
    const has = new Map([...two.reports, ['lb-b', report('has')] as const]);
    expect(step(verdict('ready'), report('has'), { reports: has }).kind).toBe('make');
  });

  test('when all have it, it is committed, also when somebody is gone by now', () => {
    expect(step(verdict('has'), report('making')).kind).toBe('rest');
    expect(step(verdict('has'), report('has')).kind).toBe('commit');
    expect(step(verdict('has'), report('has'), { present: new Set(['lb-a']) }).kind).toBe('commit');
  });
});

describe('it comes to an end', () => {
  test.each<[string, ReturnType<typeof step>, RegExp]>([
    ['one is against it', step(verdict('has'), report('against')), /^lb-b did not take it: /],
    [
      'one is gone before it has it',
      step(verdict('has'), report('making'), { present: new Set(['lb-a']) }),
      /^the controller of lb-b went away$/,
    ],
    [
      'whoever asked was told that it was not made',
      step(verdict('ready'), report(), { abandoned: new Set(['c1']) }),
      /told/,
    ],
  ])('%s', (_name, found, why) => {
    expect(found).toMatchObject({ kind: 'withdraw', why: expect.stringMatching(why) });
  });

  test('a controller that ended in the middle says what its node has', () => {
    expect(step(verdict('making'), report('ready'), { inService: 'new' })).toMatchObject({
      kind: 'say',
      verdict: { kind: 'has' },
    });
    expect(step(verdict('making'), report('ready'))).toMatchObject({
      kind: 'say',
      verdict: { kind: 'against' },
    });
  });

  test('a node that is not asked neither makes nor hinders it', () => {
    const others = { ...pair, change: { ...change, nodes: ['lb-b'] } };
    expect(step(undefined, report(), { pair: others }).kind).toBe('rest');
    expect(step(undefined, report('has'), { pair: others }).kind).toBe('commit');
  });
});

describe('without a change', () => {
  const { change: _, ...quiet } = pair;
  const past = [...pair.past, { id: 'c1', digest: 'new', fate: 'withdrawn' as const }];

  test('a node follows what the pair has when it knows what it serves, and else leaves it to an operator', () => {
    expect(step(undefined, report(), { pair: quiet }).kind).toBe('rest');
    expect(step(verdict('has'), report(), { pair: { ...quiet, past }, inService: 'new' }).kind).toBe(
      'follow',
    );
    expect(step(undefined, report(), { pair: quiet, inService: 'foreign' }).kind).toBe('stranger');
  });

  test('the first to serve something begins it', () => {
    const empty: PairRecord = { format: 1, past: [] };
    expect(step(undefined, report(), { pair: empty }).kind).toBe('begin');
    expect(step(undefined, report(), { pair: empty, inService: undefined }).kind).toBe('rest');
  });
});

describe('whatever happens in whatever order', () => {
  test.each([2, 3])('%d nodes, crashes and refusals: all have it, or none', (nodes) => {
    const ends = { committed: 0, withdrawn: 0 };
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const simulated = new SimulatedPair(nodes, seed);
      simulated.disturb(100);
      ends[simulated.settle()] += 1;
    }
    // Both ends are reached often, so that neither is true of nothing.
    expect(ends.committed).toBeGreaterThan(200);
    expect(ends.withdrawn).toBeGreaterThan(200);
  });
});
