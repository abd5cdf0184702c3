import { byCodeUnits } from '../../kernel/order.ts';
import { Secret } from '../../kernel/secret.ts';
import { ringSize, type TicketKey, type TicketRing } from '../../model/ticket-ring.ts';

/** Gives that many bytes that nobody can guess, as hexadecimal or base64. */
export type Random = (bytes: number, encoding: 'hex' | 'base64') => string;

/**
 * The newest keys of all rings. The order of rings, and how often each is there, make no difference, so that nodes which
 * have seen the same keys have the same ring.
 * @param rings at least one
 */
export function mergeRings(...rings: readonly TicketRing[]): TicketRing {
  const keys = new Map(rings.flat().map((key) => [key.id, key]));
  return [...keys.values()].sort(byAge).slice(-ringSize);
}

/** For when nobody has one. */
export function newRing(now: number, random: Random): TicketRing {
  return Array.from({ length: ringSize }, () => newKey(0, now, random)).sort(byAge);
}

/** With a new key: it encrypts nothing before the next one comes, so that all nodes have it by then. */
export function rotated(ring: TicketRing, now: number, random: Random): TicketRing {
  return mergeRings(ring, [newKey(newestOf(ring).serial + 1, now, random)]);
}

export function newestOf(ring: TicketRing): TicketKey {
  const newest = ring.at(-1);
  if (newest === undefined) throw new RangeError('a ring without keys');
  return newest;
}

export function isSameRing(one: TicketRing, other: TicketRing): boolean {
  return one.length === other.length && one.every(({ id }, index) => id === other[index]?.id);
}

function newKey(serial: number, now: number, random: Random): TicketKey {
  return { serial, id: random(8, 'hex'), createdAt: now, key: new Secret(random(80, 'base64')) };
}

/** By what the nodes counted, and not by their clocks. */
function byAge(a: TicketKey, b: TicketKey): number {
  return a.serial - b.serial || byCodeUnits(a.id, b.id);
}
