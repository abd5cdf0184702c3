import { expect, test } from 'vitest';
import { outdated } from './retention.ts';
import type { Revision } from './revision.ts';

type Kept = Pick<Revision, 'number' | 'state' | 'at' | 'restores'>;

const now = 1_800_000_000_000;
const day = 24 * 3_600_000;

/** The newest first, one a `gap`, the newest now. */
function log(count: number, gap: number, change: (number: number) => Partial<Kept> = () => ({})): Kept[] {
  return Array.from({ length: count }, (_, rank) => {
    const number = count - rank;
    return { number, state: 'reverted', at: now - rank * gap, ...change(number) };
  });
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => count - index);

test('the newest 50 are kept however old they are', () => {
  expect(outdated(log(50, 100 * day), now)).toEqual([]);
  expect(outdated(log(53, 100 * day), now)).toEqual([3, 2, 1]);
});

test('what is younger than 90 days is kept', () => {
  // One a day: 0 to 89 days old are 90 revisions.
  expect(outdated(log(95, day), now)).toEqual([5, 4, 3, 2, 1]);
});

test('of young ones not more than 1,000 are kept', () => {
  expect(outdated(log(1_200, 1), now)).toEqual(upTo(200));
});

test('what is in service, what was before it and what is pending is kept', () => {
  const states: Record<number, Revision['state']> = {
    1: 'committed',
    2: 'committed',
    3: 'committed',
    5: 'pending',
  };
  const revisions = log(100, 100 * day, (number) => ({ state: states[number] ?? 'reverted' }));
  expect(outdated(revisions, now)).toEqual(upTo(50).filter((number) => ![2, 3, 5].includes(number)));
});

test('what a kept one restores is kept, but not a whole chain', () => {
  const chain: Record<number, number> = { 60: 7, 7: 4, 3: 2 };
  const revisions = log(60, 100 * day, (number) => {
    const restores = chain[number];
    return restores === undefined ? {} : { restores };
  });
  expect(outdated(revisions, now)).toEqual(upTo(10).filter((number) => number !== 7));
});

test('an empty log has nothing to delete', () => {
  expect(outdated([], now)).toEqual([]);
});
