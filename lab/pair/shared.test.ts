// Guards that a client does not notice on which node it is: after a failover it keeps its server and its TLS session.
import { beforeAll, expect, test } from 'vitest';
import { seenInRoom } from './seen-in-room.ts';
import type { Seen } from './shared-fixture.ts';

let seen: Seen;

beforeAll(async () => {
  seen = await seenInRoom('shared-fixture.ts');
}, 180_000);

test('another node has the addresses, and before it did, there was nothing to resume', () => {
  expect([seen.before.holder, seen.after.holder]).toEqual(['lb-a', 'lb-b']);
  expect(seen.before.visits.filter(({ reused }) => reused)).toEqual([]);
  expect(seen.failures).toEqual([]);
});

test('every client keeps its server, and not all have the same', () => {
  const [before, after] = [seen.before, seen.after].map(({ visits }) => visits.map(({ server }) => server));
  expect(after).toEqual(before);
  expect(new Set(before).size).toBeGreaterThan(1);
});

test('every session is resumed, of TLS 1.2 and of 1.3', () => {
  expect(seen.after.visits.filter(({ reused }) => !reused)).toEqual([]);
});
