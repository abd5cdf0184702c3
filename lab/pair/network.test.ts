// Guards that a cable which a scenario cuts is cut, in the way that it says, and that nothing else is.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Seen } from './network-fixture.ts';
import { seenInRoom } from './seen-in-room.ts';

let seen: Seen;

beforeAll(async () => {
  seen = await seenInRoom('network-fixture.ts');
});

describe('a machine', () => {
  test('is reached by both cables and both families', () => {
    expect(seen.plugged).toEqual({ client: true, back: true, link: true, ipv6: true });
  });
  test('has processes and a name of its own', () => {
    expect(seen.hostname).toBe('lb-a');
    expect(seen.inside).toContain('sleep');
    expect(seen.inside).not.toContain('node');
  });
  test('stops as a whole, and goes on', () => {
    expect([seen.running, seen.frozen, seen.thawed]).toEqual([true, 0, true]);
  });
  test('ends with everything in it, and can be opened again', () => {
    expect(seen.left).toBe(0);
    expect(seen.replugged).toBe(true);
  });
});

describe('a cable', () => {
  test('that is pulled is seen to be gone, and the other one stays', () => {
    expect(seen.pulled).toEqual({ client: false, back: true, link: false });
  });
  test('that is cut silently still looks like a link', () => {
    expect(seen.silent).toEqual({ client: false, back: false, link: true });
  });
  test('that is mended works as before', () => {
    expect(seen.mended).toEqual({ client: true, back: true, link: true });
  });
});

test('a split cuts what lies between two nodes, and nothing else', () => {
  expect(seen.split).toEqual({ front: false, back: false, clientToA: true, clientToB: true, gateway: true });
  expect(seen.joined).toBe(true);
});
