import { expect, test } from 'vitest';
import type { Intent } from '../../model/intent.ts';
import type { Name } from '../../model/name.ts';
import type { SharedIntent, SharedIntents } from '../../store/shared/pair-record.ts';
import { intentKey, mergeIntents } from './merge-intents.ts';

const drain = (host: string, over: Partial<SharedIntent> = {}): SharedIntent => ({
  wish: { kind: 'drain' },
  target: { kind: 'host', host: host as Name },
  author: 'jdoe',
  reason: 'patches',
  since: 1_000,
  ...over,
});

let count = 0;
function here(shared: SharedIntent): Intent {
  count += 1;
  return { ...(shared as Omit<Intent, 'id'>), id: count };
}
const all = (...intents: readonly SharedIntent[]): SharedIntents =>
  Object.fromEntries(intents.map((one) => [intentKey(one), one]));

const own = ({ author }: Intent) => author === 'aorta';
const merge = (base: SharedIntents, mine: readonly Intent[], shared: SharedIntents, now = 5_000) =>
  mergeIntents(base, mine, shared, own, now);

test('a drain here is told, a drain there is done, and what all have stays', () => {
  const mine = here(drain('api-1'));
  expect(merge({}, [mine], {})).toMatchObject({
    merged: all(drain('api-1')),
    isNews: true,
    add: [],
    end: [],
  });
  const theirs = merge({}, [], all(drain('api-1')));
  expect(theirs).toMatchObject({ isNews: false, end: [] });
  expect(theirs.add).toEqual([expect.objectContaining({ target: { kind: 'host', host: 'api-1' } })]);
  expect(theirs.add[0]).not.toHaveProperty('since');
  const both = all(drain('api-1'));
  // Each node has a time of its own at which it came into force.
  const same = merge(both, [here(drain('api-1', { since: 4_000 }))], both);
  expect(same).toEqual({ merged: both, isNews: false, add: [], end: [] });
});

test('an end here is told, an end there is done', () => {
  const base = all(drain('api-1'));
  expect(merge(base, [], base)).toEqual({ merged: {}, isNews: true, add: [], end: [] });
  const mine = here(drain('api-1'));
  expect(merge(base, [mine], {})).toEqual({ merged: {}, isNews: false, add: [], end: [mine.id] });
});

test('both changed: a wish comes before an end, and of two wishes the newer', () => {
  const base = all(drain('api-1'));
  const anew = drain('api-1', { reason: 'disk', since: 3_000 });
  // Ended here, said anew there; and the other way round.
  expect(merge(base, [], all(anew))).toMatchObject({ merged: all(anew), add: [{ reason: 'disk' }] });
  expect(merge(base, [here(anew)], {})).toMatchObject({ merged: all(anew), isNews: true, end: [] });
  const newer = drain('api-1', { reason: 'memory', since: 4_000 });
  expect(merge(base, [here(newer)], all(anew)).merged).toEqual(all(newer));
  const mine = here(anew);
  expect(merge(base, [mine], all(newer))).toMatchObject({
    merged: all(newer),
    isNews: false,
    add: [{ reason: 'memory' }],
    end: [mine.id],
  });
});

test('one whose time has passed is nobody’s any more', () => {
  const ended = drain('api-1', { until: 4_000 });
  expect(merge(all(ended), [], all(ended))).toEqual({ merged: {}, isNews: true, add: [], end: [] });
  const lasting = drain('api-1', { until: 9_000 });
  expect(merge({}, [], all(lasting)).add).toEqual([expect.objectContaining({ until: 9_000 })]);
});

test('what a node wishes of its own traffic is told to nobody, and gives way to an operator', () => {
  const weight = (author: string, amount: number) =>
    drain('api-1', {
      wish: { kind: 'weight', weight: amount },
      target: { kind: 'server', server: 'one' as Name, service: 'live' as Name },
      author,
    });
  const lean = here(weight('aorta', 50));
  expect(merge({}, [lean], {})).toEqual({ merged: {}, isNews: false, add: [], end: [] });
  const theirs = merge({}, [lean], all(weight('jdoe', 20)));
  expect(theirs.end).toEqual([lean.id]);
  expect(theirs.add).toEqual([expect.objectContaining({ author: 'jdoe' })]);
});

test('a host, a server and a server in one service are three things', () => {
  const server = { kind: 'server', server: 'api-1' as Name } as const;
  const targets = [drain('api-1').target, server, { ...server, service: 'live' as Name }];
  const keys = targets.map((target) => intentKey({ wish: { kind: 'drain' }, target }));
  expect(new Set(keys).size).toBe(3);
});
