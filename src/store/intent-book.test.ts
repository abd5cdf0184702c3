import { afterEach, beforeEach, expect, test } from 'vitest';
import { Bug } from '../kernel/bug.ts';
import { Name } from '../model/name.ts';
import { StateStore } from './state-store.ts';
import { standingClock, temporaryDirectory } from './store-fixture.ts';

let place: ReturnType<typeof temporaryDirectory>;
let clock: ReturnType<typeof standingClock>;
let store: StateStore;

beforeEach(() => {
  place = temporaryDirectory();
  clock = standingClock();
  store = StateStore.open(place.directory, clock);
});
afterEach(() => {
  store.close();
  place.remove();
});

const target = { kind: 'host', host: Name.parse('api-1') } as const;
const draft = { wish: { kind: 'drain' }, target, author: 'ann', reason: 'patching' } as const;

test('intents come back as they were added, by id', () => {
  const server = { kind: 'server', server: Name.parse('api-1') } as const;
  const added = [
    store.intents.add({ ...draft, until: clock.time + 1 }),
    store.intents.add({ ...draft, wish: { kind: 'maintenance' }, target: server }),
    store.intents.add({
      ...draft,
      wish: { kind: 'weight', weight: 0 },
      target: { ...server, service: Name.parse('live') },
    }),
  ];
  expect(added.map(({ id, since }) => [id, since])).toEqual([1, 2, 3].map((id) => [id, clock.time]));
  expect(added[2]).toEqual({
    id: 3,
    wish: { kind: 'weight', weight: 0 },
    target: { kind: 'server', server: 'api-1', service: 'live' },
    author: 'ann',
    reason: 'patching',
    since: clock.time,
  });
  store.close();
  store = StateStore.open(place.directory, clock);
  expect(store.intents.inForce()).toEqual(added);
  expect(store.intents.history()).toEqual([...added].reverse());
});

test('intents end once, all of them or none, and are remembered', () => {
  const [one, two] = [store.intents.add(draft), store.intents.add(draft)];
  expect(() => store.intents.end([one.id, 9], { author: 'bob' })).toThrow(Bug);
  expect(store.intents.inForce()).toEqual([one, two]);
  clock.time += 5;
  store.intents.end([one.id], { author: 'bob', reason: 'patched' });
  clock.time += 5;
  store.intents.end([one.id, two.id], { author: 'eve' });
  expect(store.intents.inForce()).toEqual([]);
  expect(store.intents.history()).toEqual([
    { ...two, endedAt: clock.time, endedBy: 'eve' },
    { ...one, endedAt: clock.time - 5, endedBy: 'bob', endReason: 'patched' },
  ]);
  expect(store.intents.history(1).map(({ id }) => id)).toEqual([2]);
});

test('intents are in force until their time, to the millisecond', () => {
  const brief = store.intents.add({ ...draft, until: clock.time + 10 });
  const lasting = store.intents.add(draft);
  clock.time += 9;
  expect(store.intents.expire()).toEqual([]);
  expect(store.intents.inForce()).toEqual([brief, lasting]);
  clock.time += 1;
  expect(store.intents.inForce()).toEqual([lasting]);
  expect(store.intents.expire()).toEqual([brief]);
  expect(store.intents.expire()).toEqual([]);
  expect(store.intents.history(2)).toEqual([lasting, { ...brief, endedAt: clock.time }]);
});

test('of intents that ended 1,000 are kept; numbers are not used again', () => {
  const lasting = store.intents.add(draft);
  const ids = store.atomically(() => Array.from({ length: 1_002 }, () => store.intents.add(draft).id));
  store.intents.end(ids, { author: 'ann' });
  const history = store.intents.history();
  expect(history).toHaveLength(1_001);
  expect(history.at(-1)).toEqual(lasting);
  expect(history.at(-2)?.id).toBe(4);
  expect(store.intents.add(draft).id).toBe(1_004);
});
