import { expect, test } from 'vitest';
import type { Counters } from '../../dataplane/counters-port.ts';
import { Bug } from '../../kernel/bug.ts';
import { Failure } from '../../kernel/failure.ts';
import type { RuntimeServer, RuntimeState } from '../../model/runtime-state.ts';
import { Sampler } from './sampler.ts';
import { backendCounters, frontendCounters } from './window-fixture.ts';

function counters(at: number, workerPid: number, requests: number, answers5xx = 0): Counters {
  const traffic = { requests, answers5xx, connectErrors: answers5xx };
  return {
    at,
    workerPid,
    frontends: [frontendCounters('live', traffic)],
    backends: [backendCounters('live.servers', traffic)],
  };
}

function state(servers: readonly Partial<RuntimeServer>[]): RuntimeState {
  return {
    at: 0,
    process: { masterPid: 1, workerPid: 2, leavingWorkers: [], version: '2.6.12', uptime: 1, reloads: 0 },
    frontends: [],
    servers: servers.map((server, index) => ({
      backend: 'live.servers',
      name: `api-${index}`,
      address: '192.0.2.1:443',
      admin: 'ready',
      operational: 'up',
      since: 0,
      sessions: 0,
      weight: 100,
      ...server,
    })),
  };
}

function requestsIn(sampler: Sampler, from: number, to: number) {
  const { frontends } = sampler.window(from, to);
  const { requests, answers5xx } = frontends.get('live') ?? {};
  return { requests, answers5xx };
}

test('a window without samples says nothing', () => {
  const window = new Sampler().window(0, 10_000);
  expect(window).toEqual({ length: 0, frontends: new Map(), backends: new Map(), unanswered: 0 });
});

// Guards that counters of two workers are never subtracted: 40 - 1,000 would hide everything, or be negative.
test('a reload in the window: what each worker counted is added up', () => {
  const sampler = new Sampler();
  sampler.add({ at: 1_000, counters: counters(1_000, 10, 1_000, 7) });
  sampler.add({ at: 2_000, counters: counters(2_000, 10, 1_050, 8) });
  sampler.add({ at: 3_000, counters: counters(3_000, 11, 40, 0) });
  sampler.add({ at: 4_000, counters: counters(4_000, 11, 140, 3) });
  expect(requestsIn(sampler, 0, 9_000)).toEqual({ requests: 150, answers5xx: 4 });
  expect(requestsIn(sampler, 3_000, 4_000)).toEqual({ requests: 100, answers5xx: 3 });
  expect(sampler.window(0, 9_000).backends.get('live.servers')).toMatchObject({
    requests: 150,
    connectErrors: 4,
  });
});

test('counters that somebody cleared do not count backwards', () => {
  const sampler = new Sampler();
  sampler.add({ at: 1_000, counters: counters(1_000, 10, 1_000) });
  sampler.add({ at: 2_000, counters: counters(2_000, 10, 5) });
  expect(requestsIn(sampler, 0, 9_000)).toEqual({ requests: 0, answers5xx: 0 });
});

test('one sample shows which frontends there are, and no traffic', () => {
  const sampler = new Sampler();
  sampler.add({ at: 1_000, counters: counters(1_000, 10, 1_000) });
  expect(requestsIn(sampler, 0, 9_000)).toEqual({ requests: 0, answers5xx: 0 });
});

test('a minute is remembered', () => {
  const sampler = new Sampler();
  for (let second = 0; second <= 120; second += 1) {
    sampler.add({ at: second * 1_000, counters: counters(second * 1_000, 10, second) });
  }
  expect(requestsIn(sampler, 0, 120_000)).toEqual({ requests: 60, answers5xx: 0 });
  expect(sampler.window(0, 120_000).length).toBe(60_000);
  expect(sampler.window(110_000, 115_000).length).toBe(5_000);
});

test.each<[number, Partial<RuntimeServer>]>([
  [1, {}],
  [1, { operational: 'going-down' }],
  [1, { operational: 'no-check' }],
  [0, { operational: 'down' }],
  [0, { operational: 'going-up' }],
  [0, { admin: 'drain' }],
  [0, { admin: 'maintenance' }],
  [0, { weight: 0 }],
])('%i server is up that is %o', (up, server) => {
  const sampler = new Sampler();
  sampler.add({ at: 1_000, state: state([server]) });
  expect(sampler.window(0, 9_000).up).toEqual(new Map([['live.servers', up]]));
});

test('when HAProxy does not answer, the servers are as they were last, and the misses are counted', () => {
  const sampler = new Sampler();
  sampler.add({ at: 1_000 });
  sampler.add({ at: 2_000, state: state([{}, {}]) });
  sampler.add({ at: 3_000 });
  sampler.add({ at: 4_000 });
  expect(sampler.window(0, 9_000)).toMatchObject({ unanswered: 2, up: new Map([['live.servers', 2]]) });
  expect(sampler.window(0, 2_000)).toMatchObject({ unanswered: 0 });
  expect(sampler.window(0, 1_000).up).toBeUndefined();
});

test('a HAProxy that is stuck gives a sample without an answer; a bug is not hidden', async () => {
  const clock = { now: () => 5_000, sleep: async () => undefined };
  const stuck = new Failure('start-failed', 'HAProxy does not answer', 'look at its log');
  const sampler = new Sampler();
  const taken = await sampler.take({ survey: () => Promise.reject(stuck) }, clock);
  expect(taken).toEqual({ at: 5_000 });
  expect(sampler.window(0, 5_000).unanswered).toBe(1);
  const broken = { survey: () => Promise.reject(new Bug('broken')) };
  await expect(sampler.take(broken, clock)).rejects.toThrow('broken');
});

test('two who ask at the same time share one answer', async () => {
  let asked = 0;
  const dataPlane = {
    survey: async () => {
      asked += 1;
      return undefined;
    },
  };
  const clock = { now: () => 1_000, sleep: async () => undefined };
  const sampler = new Sampler();
  await Promise.all([sampler.take(dataPlane, clock), sampler.take(dataPlane, clock)]);
  expect(asked).toBe(1);
  await sampler.take(dataPlane, clock);
  expect(asked).toBe(2);
});
