import { expect, test } from 'vitest';
import { Bug } from '../kernel/bug.ts';
import { Failure } from '../kernel/failure.ts';
import type { DriftFinding } from './drift-finding.ts';
import { asDesired, desired, running } from './drift-fixture.ts';
import { DriftWatch, lookForDrift } from './drift-watch.ts';

function finding(key: string, what = key): DriftFinding {
  return { key, kind: 'server', what, correction: 'reload' };
}

test('what is seen once is not drift; what is seen twice in a row is, since the first time', () => {
  const watch = new DriftWatch();
  expect(watch.notice([finding('a')], 1_000)).toEqual([]);
  expect(watch.notice([finding('a'), finding('b')], 2_000)).toEqual([{ ...finding('a'), since: 1_000 }]);
  expect(watch.notice([finding('a'), finding('b')], 3_000)).toEqual([
    { ...finding('a'), since: 1_000 },
    { ...finding('b'), since: 2_000 },
  ]);
});

test('what goes away and comes back begins anew', () => {
  const watch = new DriftWatch();
  watch.notice([finding('a')], 1_000);
  expect(watch.notice([], 2_000)).toEqual([]);
  expect(watch.notice([finding('a')], 3_000)).toEqual([]);
  expect(watch.notice([finding('a')], 4_000)).toEqual([{ ...finding('a'), since: 3_000 }]);
});

test('the same thing in another state keeps its time and says how it is now', () => {
  const watch = new DriftWatch();
  watch.notice([finding('a', 'is drained')], 1_000);
  expect(watch.notice([finding('a', 'is in maintenance')], 2_000)).toEqual([
    { ...finding('a', 'is in maintenance'), since: 1_000 },
  ]);
});

const generation = { number: 1, digest: 'd1', createdAt: 0 };
const wanted = { ir: desired, generation, certificates: new Map([['certs/live.pem', 'aa11']]) };
const sound = {
  identity: async () => 'd1',
  runtimeState: async () => running(asDesired.servers, asDesired.frontends),
  loaded: async () => asDesired.loaded,
  tampered: async () => [],
};

test('a look asks everything of the data plane', async () => {
  expect(await lookForDrift(sound, wanted)).toEqual([]);
  const edited = { ...sound, tampered: async (asked: typeof generation) => [`of ${asked.number}`] };
  expect(await lookForDrift(edited, wanted)).toMatchObject([{ kind: 'files' }]);
  const forgetful = { ...sound, loaded: async () => ({ certificates: new Map(), lists: new Map() }) };
  expect((await lookForDrift(forgetful, wanted)).map(({ kind }) => kind)).toEqual([
    'certificate',
    'list',
    'list',
  ]);
});

test('a HAProxy that is stuck is drift; a bug is not', async () => {
  const stuck = new Failure('start-failed', 'HAProxy does not answer', 'look at its log');
  const mute = { ...sound, identity: async () => undefined, runtimeState: () => Promise.reject(stuck) };
  expect(await lookForDrift(mute, wanted)).toMatchObject([{ kind: 'process', correction: 'reload' }]);
  const broken = { ...sound, runtimeState: () => Promise.reject(new Bug('broken')) };
  await expect(lookForDrift(broken, wanted)).rejects.toThrow('broken');
});
