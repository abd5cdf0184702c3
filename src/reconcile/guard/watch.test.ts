import { expect, test } from 'vitest';
import type { RuntimeState } from '../../model/runtime-state.ts';
import { type Sampled, Sampler } from './sampler.ts';
import { type Watch, watch } from './watch.ts';
import {
  backendCounters,
  expecting,
  frontendCounters,
  type Traffic,
  trafficWindow,
} from './window-fixture.ts';

/** A second of traffic, and how many of four servers are up then; `dead`: HAProxy does not answer. */
type Second = (Traffic & { readonly up: number }) | 'dead';

/** A running HAProxy as a script over time, in which only sleeping takes time. */
function scripted(at: (second: number) => Second) {
  let now = 1_000_000;
  const begin = now;
  const clock = {
    now: () => now,
    sleep: async (milliseconds: number) => {
      now += milliseconds;
    },
  };
  const second = () => at((now - begin) / 1_000);
  const dataPlane: Sampled = {
    survey: async () => {
      const traffic = second();
      if (traffic === 'dead') return undefined;
      const from = { at: now, workerPid: 7 };
      return {
        state: stateWith(now, traffic.up),
        counters: {
          ...from,
          frontends: [frontendCounters('live', traffic)],
          backends: [backendCounters('live.servers', traffic)],
        },
        servers: { ...from, servers: [] },
        traffic: { frontends: [], backends: [] },
      };
    },
  };
  return { dataPlane, clock, sampler: new Sampler(), elapsed: () => now - begin };
}

function stateWith(at: number, up: number): RuntimeState {
  return {
    at,
    process: { masterPid: 1, workerPid: 7, leavingWorkers: [], version: '2.6.12', uptime: 1, reloads: 0 },
    frontends: [],
    servers: [0, 1, 2, 3].map((index) => ({
      backend: 'live.servers',
      name: `api-${index}`,
      address: '192.0.2.1:443',
      admin: 'ready',
      operational: index < up ? 'up' : 'down',
      since: 0,
      sessions: 0,
      weight: 100,
    })),
  };
}

function watched(at: (second: number) => Second, rest: Partial<Watch> = {}) {
  const { elapsed, ...rig } = scripted(at);
  const before = trafficWindow({ requests: 600, answers5xx: 3 }, 60_000);
  const verdict = watch({ ...rig, before, expected: expecting(), duration: 10_000, ...rest });
  return { verdict, elapsed };
}

test('a pool that loses its last server ends the window at once', async () => {
  const { verdict, elapsed } = watched((second) => ({ up: second < 2 ? 4 : 0 }));
  expect(await verdict).toEqual({
    ok: false,
    evidence: ['servers of live: 0 of 4 up after the change, 4 up before'],
  });
  expect(elapsed()).toBe(2_000);
});

test('a HAProxy that dies ends the window at the second miss', async () => {
  const { verdict, elapsed } = watched((second) => (second < 3 ? { up: 4 } : 'dead'));
  expect(await verdict).toEqual({ ok: false, evidence: ['HAProxy does not answer since the change'] });
  expect(elapsed()).toBe(3_500);
});

test('a disaster ends the window as soon as it is sure', async () => {
  const { verdict, elapsed } = watched((second) => ({
    up: 4,
    requests: 100 * second,
    answers5xx: 90 * second,
  }));
  expect((await verdict).evidence).toEqual([
    '5xx of live: 90 % of 50 requests after the change, 0.5 % of 600 requests before',
  ]);
  expect(elapsed()).toBe(500);
});

test('errors that stay below that are judged at the end, together with a server that is missing', async () => {
  const { verdict, elapsed } = watched((second) => ({
    up: 3,
    requests: 40 * second,
    answers5xx: 12 * second,
  }));
  expect(await verdict).toEqual({
    ok: false,
    evidence: [
      'servers of live: 3 of 4 up after the change, 4 up before',
      '5xx of live: 30 % of 400 requests after the change, 0.5 % of 600 requests before',
    ],
  });
  expect(elapsed()).toBe(10_000);
});

test('a server that is back at the end is forgiven', async () => {
  const { verdict } = watched((second) => ({
    up: second > 2 && second < 6 ? 3 : 4,
    requests: 120.4 * second,
  }));
  expect(await verdict).toEqual({
    ok: true,
    evidence: ['10 s: 1,204 requests, 0 % 5xx (before 0.5 %); 4 of 4 servers up'],
  });
});

test('one missed answer is forgiven', async () => {
  const { verdict } = watched((second) => (second === 4 ? 'dead' : { up: 4 }));
  expect(await verdict).toEqual({ ok: true, evidence: ['10 s: no requests; 4 of 4 servers up'] });
});

test('a pool that was dead before is said to be so', async () => {
  const { verdict } = watched(() => ({ up: 0 }), { before: trafficWindow({ up: 0 }) });
  expect(await verdict).toEqual({
    ok: true,
    evidence: ['10 s: no requests; 0 of 4 servers up', 'no server is up of live, as before the change'],
  });
});

test('no window, no watch', async () => {
  const { verdict, elapsed } = watched(() => 'dead', { duration: 0 });
  expect(await verdict).toEqual({ ok: true, evidence: [] });
  expect(elapsed()).toBe(0);
});

test('who aborts gets the reason back', async () => {
  const controller = new AbortController();
  const { verdict, elapsed } = watched(
    (second) => {
      if (second === 1) controller.abort(new Error('the controller ends'));
      return { up: 4 };
    },
    { signal: controller.signal },
  );
  await expect(verdict).rejects.toThrow('the controller ends');
  expect(elapsed()).toBeLessThan(2_000);
});
