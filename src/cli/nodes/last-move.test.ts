import { expect, test } from 'vitest';
import { Failure } from '../../kernel/failure.ts';
import type { AddressMove } from '../../model/address-move.ts';
import type { Name } from '../../model/name.ts';
import type { Status } from '../../model/status.ts';
import { lastMoveWords } from '../move-words.ts';
import { lastMoves } from './last-move.ts';
import type { SeenNode } from './look.ts';

// Guards that the outage of a failover is what two watchdogs saw, within its bounds, and is not made up where nobody saw it.

const group = 'main' as Name;
const came = (at: number, more: Partial<AddressMove> = {}): AddressMove => ({
  ...{ group, kind: 'came', at, before: at - 50 },
  ...more,
});
const left = (at: number, more: Partial<AddressMove> = {}): AddressMove => ({
  ...came(at),
  kind: 'left',
  ...more,
});

/** @param moves the oldest first */
function node(name: string, moves: readonly AddressMove[], skew = 0): SeenNode {
  const status = {
    node: { name: name as Name, conditions: [], reachedAt: [], groups: [], moves: moves.toReversed() },
  } as unknown as Status;
  return { kind: 'answered', name, skew, status };
}

const words = (...seen: readonly SeenNode[]) =>
  lastMoves(seen).map((move) => lastMoveWords(move, 3_600_000).replace(/, \d{4}-.*? ago\)/, ''));

const first = came(1_000);

test('a HAProxy that hangs: from its last answer, at most, until the other node has the addresses', () => {
  const cause = { kind: 'unfit', how: 'hung', answered: 9_700, noticed: 10_100 } as const;
  const [a, b] = [node('lb-a', [first, left(10_150, { cause })]), node('lb-b', [came(10_200)])];
  expect(lastMoves([a, b])).toEqual([
    {
      ...{ group, at: 10_200, from: 'lb-a', to: 'lb-b', cause },
      outage: { kind: 'measured', least: 50, most: 500 },
    },
  ]);
  expect(words(b, a)).toEqual([
    'last move of main: lb-a -> lb-b: HAProxy of lb-a did not answer; no node served it for 0.05 to 0.50 s, by the watchdogs and clocks of both',
  ]);
});

test('the times of a node whose clock is ahead are put right', () => {
  const cause = { kind: 'unfit', how: 'died', answered: 14_990, noticed: 15_000 } as const;
  const a = node('lb-a', [first, left(15_010, { before: 14_960, cause })], 5_000);
  const b = node('lb-b', [came(10_060)]);
  expect(lastMoves([a, b])[0]?.outage).toEqual({ kind: 'measured', least: 10, most: 70 });
  const other = node('lb-a', [first, left(15_010)], 5_000);
  expect(lastMoves([other, b])[0]?.outage).toEqual({ kind: 'measured', least: 0, most: 100 });
  const ahead = node('lb-b', [came(15_060)], 5_000);
  expect(lastMoves([node('lb-a', [first, left(10_010)]), ahead])[0]).toMatchObject({
    ...{ at: 10_060, outage: { kind: 'measured', least: 0, most: 100 } },
  });
});

test('a move on purpose: who and why, and that nobody held them for less than two looks', () => {
  const cause = { kind: 'handover', author: 'operator/jdoe', reason: 'new kernel' } as const;
  const b = node('lb-b', [came(10_020, { cause: { kind: 'handover' } })]);
  expect(words(node('lb-a', [first, left(10_010, { cause })]), b)).toEqual([
    'last move of main: lb-a -> lb-b: moved on purpose by operator/jdoe (new kernel); no node held it for 0.00 to 0.06 s, by the watchdogs and clocks of both',
  ]);
});

test.each([
  ['has not let go', []],
  ['let go later', [left(13_000)]],
])('of a node that was not heard and %s, no outage is made up', (_, later) => {
  expect(words(node('lb-a', [first, ...later]), node('lb-b', [came(10_000)]))).toEqual([
    'last move of main: lb-a -> lb-b; lb-a had not let go of it, and was not heard: how long nobody served is not known',
  ]);
});

test('nor of one whose watchdog did not look, or that says nothing', () => {
  const { before: _, ...unseen } = left(20_000);
  const b = node('lb-b', [came(10_000)]);
  const gone = 'how long nobody served is not known';
  expect(words(node('lb-a', [first, unseen]), b)).toEqual([`last move of main: lb-a -> lb-b; ${gone}`]);
  const silent = {
    kind: 'silent',
    name: 'lb-a',
    failure: new Failure('node-unreachable', 'x', 'y'),
  } as const;
  expect(words(silent, b)).toEqual([`last move of main: to lb-b, nobody says from where; ${gone}`]);
  expect(words(silent, node('lb-b', []))).toEqual([]);
});

test('there and back, a node that lost them and got them back, and several groups', () => {
  const lab = 'lab' as Name;
  const a = node('lb-a', [first, left(2_000), came(3_000), came(5_000, { group: lab })]);
  const b = node('lb-b', [came(2_100), left(2_900)]);
  expect(lastMoves([a, b]).map(({ group: name, from, to, at }) => [name, from, to, at])).toEqual([
    ['lab', undefined, 'lb-a', 5_000],
    ['main', 'lb-b', 'lb-a', 3_000],
  ]);
  const link = { kind: 'link', interface: 'front' } as const;
  expect(words(node('lb-b', [first, left(2_000, { cause: link }), came(2_500)]))).toEqual([
    'last move of main: lb-b lost it and got it back: front of lb-b had no link; no node held it for 0.45 to 0.55 s, by the watchdogs and clocks of both',
  ]);
});
