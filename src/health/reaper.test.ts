import { expect, test } from 'vitest';
import { ok } from '../kernel/result.ts';
import type { RuntimeServer } from '../model/runtime-state.ts';
import { Reaper } from './reaper.ts';

const policy = {
  service: 'live',
  whenAllFail: 'serve',
  endSessionsAfter: 1_500,
  maxEjected: 50,
  repeat: { up: 200, down: 1_000 },
  moment: 10_000,
} as const;

/** A reaper whose time is moved by hand. */
function rig(endSessionsAfter: number | 'never' = 1_500) {
  let now = 1_000_000;
  const sleeping: { readonly until: number; wake(): void }[] = [];
  const ended: string[] = [];
  let server: RuntimeServer = {
    backend: 'live.servers',
    name: 'api-1',
    address: '10.20.1.11:443',
    admin: 'ready',
    operational: 'down',
    check: { result: 'L7TOUT' },
    since: now,
    sessions: 3,
    weight: 100,
  };
  const { endSessionsAfter: _, ...rest } = policy;
  const reaper = new Reaper({
    port: {
      endSessions: async (_backend, name) => {
        ended.push(`${name} at ${now - 1_000_000}`);
        return ok(undefined);
      },
    },
    clock: {
      now: () => now,
      sleep: (milliseconds) =>
        new Promise((resolve) => {
          sleeping.push({ until: now + milliseconds, wake: resolve });
        }),
    },
    policy: () => (endSessionsAfter === 'never' ? rest : { ...rest, endSessionsAfter }),
    servers: async () => [server],
  });
  return {
    reaper,
    ended,
    is: (state: Partial<RuntimeServer>) => {
      server = { ...server, ...state };
    },
    notice: (health: 'up' | 'down') =>
      reaper.notice({ backend: 'live.servers', server: 'api-1', health, at: now }),
    sample: () => reaper.sample([server], now),
    pass: async (milliseconds: number) => {
      now += milliseconds;
      for (const one of sleeping.filter(({ until }) => until <= now)) one.wake();
      // Lets everything run that the end of a sleep has set free.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('sessions are ended once, a while after a silent server went down', async () => {
  const { notice, pass, sample, is, ended } = rig();
  notice('down');
  await pass(1_499);
  sample();
  expect(ended).toEqual([]);
  await pass(1);
  expect(ended).toEqual(['api-1 at 1500']);
  is({ sessions: 0 });
  await pass(5_000);
  sample();
  notice('down');
  await pass(5_000);
  expect(ended).toHaveLength(1);
});

// Guards: on a loaded machine a read waited six seconds for a frozen server, seen once. That it came to the server while the
// others were being ended is a guess; whoever waits for it is ended now in any case.
test('whoever is found to wait all the same is ended, too, until nobody is', async () => {
  const { notice, pass, is, ended } = rig();
  notice('down');
  await pass(1_500);
  await pass(1_500);
  expect(ended).toEqual(['api-1 at 1500', 'api-1 at 3000']);
  is({ sessions: 0 });
  await pass(1_500);
  is({ sessions: 2 });
  await pass(5_000);
  expect(ended).toHaveLength(2);
});

test('nobody is ended again at a server that came back', async () => {
  const { notice, pass, is, ended } = rig();
  notice('down');
  await pass(1_500);
  notice('up');
  is({ operational: 'up', check: { result: 'L7OK' } });
  await pass(5_000);
  expect(ended).toHaveLength(1);
});

test('a server that comes back in time keeps its sessions, and has its full time when it goes again', async () => {
  const { notice, pass, is, ended } = rig();
  notice('down');
  await pass(1_000);
  notice('up');
  is({ operational: 'up', check: { result: 'L7OK' } });
  await pass(400);
  notice('down');
  is({ operational: 'down', check: { result: 'L4CON' } });
  await pass(100);
  expect(ended).toEqual([]);
  await pass(1_400);
  expect(ended).toEqual(['api-1 at 2900']);
});

test.each<[string, Partial<RuntimeServer>]>([
  ['it answers with a wrong status', { check: { result: 'L7STS', status: 503 } }],
  ['it was told to be down', { check: { result: 'L7OK' } }],
  ['live traffic took it out', { check: { result: 'HANA' } }],
  ['it is in maintenance', { admin: 'maintenance' }],
  ['it came back without a word', { operational: 'up' }],
  [
    'something else on its machine is silent',
    { check: { result: 'L4CON', description: 'at step 2 of tcp-check (connect port 1972)' } },
  ],
])('no session is ended when %s', async (_, state) => {
  const { notice, pass, is, sample, ended } = rig();
  is(state);
  notice('down');
  await pass(1_500);
  sample();
  expect(ended).toEqual([]);
});

test('why a server is down may become clear later', async () => {
  const { notice, pass, is, sample, ended } = rig();
  is({ check: { result: 'HANA' } });
  notice('down');
  await pass(2_000);
  is({ check: { result: 'L7TOUT' } });
  sample();
  expect(ended).toEqual(['api-1 at 2000']);
});

// Guards: when every server of a site died, thousands of programs were started at once.
test('a few servers are seen to at a time, those first that somebody waits for', async () => {
  const order: string[] = [];
  let most = 0;
  let working = 0;
  const reaper = new Reaper({
    port: {
      endSessions: async (_, name) => {
        working += 1;
        most = Math.max(most, working);
        await new Promise((resolve) => setImmediate(resolve));
        working -= 1;
        order.push(name);
        return ok(undefined);
      },
    },
    clock: { now: () => 0, sleep: async () => undefined },
    policy: () => policy,
    servers: async () => [],
  });
  const all = Array.from(
    { length: 40 },
    (_, index): RuntimeServer => ({
      backend: 'live.servers',
      name: `api-${index}`,
      address: '10.20.1.11:443',
      admin: 'ready',
      operational: 'down',
      check: { result: 'L4TOUT' },
      since: 0,
      sessions: index === 39 ? 7 : 0,
      weight: 100,
    }),
  );
  reaper.sample(all, 10_000);
  while (order.length < all.length) await new Promise((resolve) => setImmediate(resolve));
  expect(most).toBe(4);
  expect(order.indexOf('api-39')).toBeLessThan(8);
});

test('with `never` nothing is ended', async () => {
  const { notice, pass, sample, ended } = rig('never');
  notice('down');
  await pass(10_000);
  sample();
  expect(ended).toEqual([]);
});
