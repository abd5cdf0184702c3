import { describe, expect, test } from 'vitest';
import { Secret } from '../../kernel/secret.ts';
import type { TicketKey, TicketRing } from '../../model/ticket-ring.ts';
import { isSameRing, mergeRings, newRing, rotated } from './rings.ts';

// Guards: nodes that have seen the same keys have the same ring, whoever asked whom first; and no key encrypts before
// every node had the time to learn it.

let made = 0;
const random = (bytes: number, encoding: 'hex' | 'base64') => {
  made += 1;
  return Buffer.alloc(bytes, made).toString(encoding);
};

function key(serial: number, id: string, createdAt = 0): TicketKey {
  return { serial, id: id.repeat(16), createdAt, key: new Secret(id) };
}

const idsOf = (ring: TicketRing) => ring.map(({ serial, id }) => `${serial}${id[0]}`).join(' ');
const own = [key(4, 'a'), key(5, 'b'), key(6, 'c')];
const apart = [key(4, 'a'), key(5, 'd'), key(6, 'e')];
const old = [key(1, 'f'), key(2, '0'), key(3, '1')];

describe('merging', () => {
  test.each<[string, TicketRing[], string]>([
    ['a ring alone', [own], '4a 5b 6c'],
    ['a node that was away, with keys of yesterday', [own, old], '4a 5b 6c'],
    ['one key more', [own, [key(5, 'b'), key(6, 'c'), key(7, 'd')]], '5b 6c 7d'],
    ['two that did not hear each other', [own, apart], '5d 6c 6e'],
    ['a node that has just begun', [own, [key(0, '2'), key(0, '3'), key(0, '4')]], '4a 5b 6c'],
  ])('%s', (_, rings, expected) => {
    expect(idsOf(mergeRings(...rings))).toBe(expected);
    expect(idsOf(mergeRings(...rings.toReversed()))).toBe(expected);
  });

  test('in whatever order, and however often', () => {
    const all = mergeRings(own, apart, old);
    expect(isSameRing(mergeRings(mergeRings(old, own), apart), all)).toBe(true);
    expect(isSameRing(mergeRings(old, mergeRings(apart, own), own), all)).toBe(true);
    expect(isSameRing(mergeRings(all, all), all)).toBe(true);
  });

  test('goes by what the nodes counted: a clock in the future makes no key newer', () => {
    const future = [key(1, '2', 9e15), key(2, '3', 9e15), key(3, '4', 9e15)];
    expect(idsOf(mergeRings(own, future))).toBe('4a 5b 6c');
  });
});

test('a new key encrypts after the next one only, and the one that encrypts till then stays', () => {
  const before = newRing(1_000, random);
  const after = rotated(before, 2_000, random);
  expect(after[0]?.id).toBe(before[1]?.id);
  expect(after[1]?.id).toBe(before[2]?.id);
  expect(after[2]).toMatchObject({ serial: 1, createdAt: 2_000 });
  expect(after).toHaveLength(3);
});

test('keys are of the size that HAProxy takes, and two rings have none in common', () => {
  const [one, other] = [newRing(0, random), newRing(0, random)];
  for (const { key: material } of one) expect(Buffer.from(material.reveal(), 'base64')).toHaveLength(80);
  const ids = [...one, ...other].map(({ id }) => id);
  expect(new Set(ids).size).toBe(6);
});
