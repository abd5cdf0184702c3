// Guards that a client does not notice on which node it is: after a failover it keeps its server, its TLS session and its login;
// that a drain holds over it; and that the nodes say afterwards what it was and how long it took.
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

test('every login and every code from before is redeemed after, over a fault and over a move on purpose', () => {
  for (const { logins } of [seen.killed, seen.moved]) {
    console.log(`${logins.redeemed} of 8 codes redeemed`);
    expect(logins).toEqual({ done: 'ended', redeemed: 8, failed: [] });
  }
  expect(seen.moved.holder).toBe('lb-a');
});

test('a drained host carries out nothing before, during and after a move on purpose and a fault', () => {
  console.log(seen.drained.map(({ name, count }) => `${name} carried out ${count}`).join(', '));
  const [drained, other] = seen.drained;
  expect(drained).toEqual({ name: 'api-1', count: 0 });
  expect(other?.count).toBeGreaterThan(40);
});

test('the nodes say what the last move was, and how long it took is what the kernels say', () => {
  const { killed, moved } = seen;
  const words = [killed, moved].map(
    ({ said, gap }) =>
      `${said?.outage.least} to ${said?.outage.most} ms, by the kernels ${Math.round(gap)} ms`,
  );
  console.log(`killed: ${words[0]}; moved: ${words[1]}`);
  expect(killed.said).toMatchObject({ from: 'lb-a', to: 'lb-b', cause: { kind: 'unfit', how: 'died' } });
  // From the death of HAProxy on, so that it is longer than nobody had the address.
  expect(killed.said?.outage).toMatchObject({ kind: 'measured' });
  expect(killed.said?.outage.most).toBeGreaterThan(killed.gap - 5);
  expect(killed.said?.outage.most).toBeLessThan(2_000);
  expect(moved.said).toMatchObject({ from: 'lb-b', to: 'lb-a', cause: { kind: 'handover' } });
  expect(moved.said?.outage).toMatchObject({ kind: 'measured' });
  expect(moved.said?.outage.least).toBeLessThan(moved.gap + 5);
  expect(moved.said?.outage.most).toBeGreaterThan(moved.gap - 5);
});
