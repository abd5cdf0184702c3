import { expect, test } from 'vitest';
import { Secret } from '../../kernel/secret.ts';
import type { TicketKey } from '../../model/ticket-ring.ts';
import { Rotation, rotationInterval } from './rotation.ts';

// Guards: a clock that jumps must not throw keys away, and must not stop their rotation for good.

const hour = 3_600_000;
const minute = 60_000;
const year = 365 * 24 * hour;

const keyOf = (createdAt: number): TicketKey => ({ serial: 1, id: 'a', createdAt, key: new Secret('') });

class AtUptime {
  uptime = 0;
  readonly rotation = new Rotation(() => this.uptime);
}

const atUptime = () => new AtUptime();

test('every twelve hours, on the first node by name; the others wait for its key, ten minutes each', () => {
  const at = atUptime();
  const due = (place: number) => at.rotation.isDue(keyOf(0), at.uptime, place);
  at.uptime = 1;
  expect(due(0)).toBe(false);
  at.uptime = rotationInterval;
  // First seen an instant ago, by its date it is as old as this.
  expect([due(0), due(1)]).toEqual([true, false]);
  at.uptime += 10 * minute;
  expect([due(1), due(2)]).toEqual([true, false]);
  at.uptime += 10 * minute;
  expect(due(2)).toBe(true);
});

test.each([
  ['a year ahead', year],
  ['a year back', -year],
])('a clock that jumps %s while the key is known changes nothing', (_, jump) => {
  const at = atUptime();
  expect(at.rotation.isDue(keyOf(5 * hour), 5 * hour, 0)).toBe(false);
  at.uptime = 11 * hour;
  expect(at.rotation.isDue(keyOf(5 * hour), 16 * hour + jump, 0)).toBe(false);
  at.uptime = 12 * hour;
  expect(at.rotation.isDue(keyOf(5 * hour), 17 * hour + jump, 0)).toBe(true);
});

test('a key from the future is as if it were new, and is followed by the next one in time', () => {
  const at = atUptime();
  expect(at.rotation.age(keyOf(year), 0)).toBe(0);
  at.uptime = 12 * hour;
  expect(at.rotation.isDue(keyOf(year), 0, 0)).toBe(true);
});

test('a key of long ago costs one rotation, and the other nodes still wait for the first', () => {
  const at = atUptime();
  expect(at.rotation.age(keyOf(0), year)).toBe(rotationInterval);
  expect(at.rotation.isDue(keyOf(0), year, 0)).toBe(true);
  expect(at.rotation.isDue(keyOf(0), year, 1)).toBe(false);
});

test('a key that comes while the controller runs is new, whatever the clock of its maker says', () => {
  const at = atUptime();
  at.rotation.age(keyOf(0), 0);
  at.uptime = hour;
  const next = { ...keyOf(0), id: 'b' };
  expect(at.rotation.age(next, year)).toBe(0);
  at.uptime += minute;
  expect(at.rotation.age(next, year)).toBe(minute);
});
