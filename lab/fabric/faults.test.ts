// Guards: what faults, changes and planned withdrawals of a node that announces its addresses cost clients, with a router that
// shares clients anew whenever a node comes or goes, and with one that leaves those of other nodes where they are.
import { beforeAll, describe, expect, test } from 'vitest';
import { seenInRoom } from '../pair/seen-in-room.ts';
import type { Family } from './addresses.ts';
import type { Effect, Event, Seen } from './fixture.ts';
import type { Spreading } from './router.ts';

const EVENTS: readonly Event[] = [
  ...(['change', 'carriers', 'unwatched', 'bird', 'hang', 'power', 'withdraw', 'announce'] as const),
  ...(['withdraw-among-all', 'announce-among-all'] as const),
];

const routers: readonly (readonly [Family, Spreading])[] = [
  ['ipv4', 'plain'],
  ['ipv4', 'resilient'],
  ['ipv6', 'plain'],
];

describe.each(routers)('%s, and a router that spreads %s', (family, spreading) => {
  let seen: Seen;
  beforeAll(async () => {
    seen = await seenInRoom('../fabric/fixture.ts', [family, spreading, ...EVENTS]);
    for (const effect of seen.effects) console.log(family, spreading, JSON.stringify(effect));
  }, 300_000);
  const of = (what: Event): Effect => {
    const found = seen.effects.find((one) => one.what === what);
    if (found === undefined) throw new Error(`${what} did not happen`);
    return found;
  };

  test('one more address disturbs nobody: those that stay are not withdrawn', () => {
    expect(of('change')).toMatchObject({ routeChanges: 0, failedKept: 0, failedNew: 0 });
  });

  test('addresses that move in place of announced ones, and back: new connections find somebody all the time', () => {
    expect(of('carriers')).toMatchObject({ routeChanges: 2, failedNew: 0 });
  });

  test('without controller and watchdog clients are served as before', () => {
    expect(of('unwatched')).toMatchObject({ routeChanges: 0, failedKept: 0, failedNew: 0 });
  });

  test('another BIRD takes the place of one that died', () => {
    expect(of('bird').routeChanges).toBe(2);
  });

  test.each<Event>(['hang', 'power'])('%s: clients go elsewhere within a second', (what) => {
    expect(of(what).rerouted).toBeLessThan(1_000);
    expect(Object.keys(of(what).shares).toSorted()).toEqual(['lb-a', 'lb-b']);
  });

  test('a node that is withdrawn loses connections that are open, and no client finds nobody', () => {
    expect(of('withdraw').failedNew).toBeLessThan(5);
    expect(Object.keys(of('withdraw').shares).toSorted()).toEqual(['lb-a', 'lb-b']);
  });

  test('the way back', () => {
    expect(of('announce').failedNew).toBeLessThan(5);
    if (spreading === 'resilient') expect(of('announce').failedKept).toBe(0);
  });

  test('where all nodes take part no connection breaks, however the router spreads', () => {
    for (const what of ['withdraw-among-all', 'announce-among-all'] as const)
      expect(of(what), what).toMatchObject({ failedKept: 0, failedNew: 0, reasons: {} });
    expect(Object.keys(of('withdraw-among-all').shares).toSorted()).toEqual(['lb-a', 'lb-b']);
    expect(Object.keys(of('announce-among-all').shares).toSorted()).toEqual(['lb-a', 'lb-b', 'lb-c']);
  });
});
