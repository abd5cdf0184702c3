// Guards: nodes that announce their addresses share the clients, and the router sends none to a node whose HAProxy has died,
// although its controller has, too.
import { beforeAll, expect, test } from 'vitest';
import { seenInRoom } from '../pair/seen-in-room.ts';
import { FABRIC_NODES } from './addresses.ts';
import type { Seen } from './fixture.ts';

let seen: Seen;

beforeAll(async () => {
  seen = await seenInRoom('../fabric/fixture.ts', [
    ...['ipv4', 'plain'],
    ...['nothing', 'withdraw-among-all', 'announce-among-all', 'kill'],
  ]);
  for (const effect of seen.effects) console.log(JSON.stringify(effect));
}, 180_000);

test('every node gets a share of the clients, and nobody fails', () => {
  const [calm] = seen.effects;
  expect(Object.keys(calm?.shares ?? {}).toSorted()).toEqual(FABRIC_NODES);
  expect(calm).toMatchObject({ failedKept: 0, failedNew: 0, routeChanges: 0 });
});

test('a node is taken out and comes back, and no connection breaks', () => {
  for (const effect of seen.effects.slice(1, 3))
    expect(effect, effect.what).toMatchObject({ failedKept: 0, failedNew: 0, routeChanges: 1 });
  expect(Object.keys(seen.effects[1]?.shares ?? {}).toSorted()).toEqual(['lb-a', 'lb-b']);
  expect(Object.keys(seen.effects[2]?.shares ?? {}).toSorted()).toEqual(FABRIC_NODES);
});

test('a dead HAProxy is withdrawn within a second without a controller, and its share goes elsewhere', () => {
  const killed = seen.effects[3];
  expect(killed?.rerouted).toBeLessThan(1_000);
  expect(Object.keys(killed?.shares ?? {}).toSorted()).toEqual(['lb-a', 'lb-b']);
});

test('the next controller brings the node back, and every node says what it announces', () => {
  expect(seen.status.match(/10\.99\.0\.10 to core established; announced/g)).toHaveLength(3);
});

test('a node that is ended leaves no program, file or address', () => {
  expect(seen.left).toEqual([]);
});

test('nothing is moved where all nodes have all addresses', () => {
  expect(seen.failover).toContain('`aorta withdraw`');
});
