import type { Assertion } from './assertion.ts';
import type { Expect } from './expect-schema.ts';
import { holdersAt, movesFrom, takeoverAfter, takeoverWords } from './holders.ts';
import type { Pair, Recording } from './recording.ts';
import { inWords } from './units.ts';

/** How far from the moment that a scenario names its action may be, in milliseconds. */
const SAME_ACTION_MS = 500;

/** Who had the addresses, and how long nobody answered behind them. */
export function judgePair(expect: Expect, recording: Recording): Assertion[] {
  const { pair, marks } = recording;
  const takeovers = expect.takeovers.map(({ after, by, within }): Assertion => {
    const action = marks
      .filter(({ at }) => Math.abs(at - after) < SAME_ACTION_MS)
      .sort((a, b) => Math.abs(a.at - after) - Math.abs(b.at - after))[0];
    const found = action === undefined ? undefined : takeoverAfter(recording, action);
    return {
      what: `takeover after ${inWords(after)}`,
      expected: `by ${by} within ${inWords(within)}`,
      measured: found === undefined ? 'the address stayed' : takeoverWords(found),
      passed: found !== undefined && found.node === by && found.answer <= within,
    };
  });
  const held = expect.heldBy.map(({ at, by, of }): Assertion => {
    const found = pair === undefined ? [] : holdersAt(onlyOf(pair, of), at);
    return {
      what: `who holds ${of ?? 'the addresses'} at ${inWords(at)}`,
      expected: by === 'one' ? 'one node, and no other' : by.join(' and ') || 'nobody',
      measured: found.join(' and ') || 'nobody',
      passed: by === 'one' ? found.length === 1 : found.join() === [...by].sort().join(),
    };
  });
  if (expect.moves === undefined) return [...takeovers, ...held];
  const moves = pair === undefined ? [] : movesFrom(pair, 0);
  const words = moves.map(({ node, at }) => `to ${node} at ${inWords(at)}`).join(', ');
  const moved: Assertion = {
    what: 'moves of the address',
    expected: String(expect.moves),
    measured: words === '' ? '0' : `${moves.length} (${words})`,
    passed: pair !== undefined && moves.length === expect.moves,
  };
  return [...takeovers, ...held, moved];
}

/** @param group absent: all addresses */
function onlyOf(pair: Pair, group: 'apis' | 'apps' | undefined): Pair {
  const [apis = '', apps = ''] = pair.addresses;
  if (group === undefined) return pair;
  return { ...pair, addresses: [group === 'apis' ? apis : apps] };
}
