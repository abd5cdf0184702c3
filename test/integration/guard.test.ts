import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { command } from '../../src/dataplane/haproxy/runtime-socket.ts';
import { readStatistics } from '../../src/dataplane/haproxy/show-stat.ts';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import type { HaproxyIr } from '../../src/ir/haproxy.ts';
import { duration } from '../../src/model/duration.ts';
import type { Intent } from '../../src/model/intent.ts';
import { findDrift } from '../../src/reconcile/drift.ts';
import { expectationOf } from '../../src/reconcile/guard/expectation.ts';
import { type Sampled, Sampler } from '../../src/reconcile/guard/sampler.ts';
import { watch } from '../../src/reconcile/guard/watch.ts';
import { windowFor } from '../../src/reconcile/guard/window-for.ts';
import { render } from '../../src/render/render.ts';
import { configuration, httpCheck, httpListener, name, server, service } from '../golden/configurations.ts';
import { createRig, loopback, type Rig, startServer, until } from './dataplane-rig.ts';

interface Place {
  readonly address: string;
  readonly port: number;
}

/** It takes three failures in a row to take a server out that was proven, and two seconds between checks. */
const healthCheck = httpCheck('/health', {
  interval: duration('2s'),
  fastInterval: duration('2s'),
  downInterval: duration('2s'),
  timeout: duration('1s'),
  fall: 3,
  rise: 2,
});

function irOf(
  rig: Rig,
  servers: Readonly<Record<string, Place>>,
  intents: readonly Intent[] = [],
): HaproxyIr {
  const pool = {
    healthCheck,
    servers: Object.entries(servers).map(([one, { address, port }]) => server(one, address, port)),
  };
  return compile(
    configuration([service('live', [httpListener(rig.address, 8080)], pool)]),
    { runtime: rig.paths },
    intents,
  );
}

async function apply(rig: Rig, ir: HaproxyIr): Promise<string> {
  const rendering = render(ir);
  expect(await rig.reconciler.apply(rendering)).toMatchObject({ kind: 'applied' });
  return rendering.digest;
}

function nobody(): Place {
  return { address: loopback(), port: 8000 };
}

function failing(): Promise<Place> {
  return startServer('failing', (_, response) => response.writeHead(500).end());
}

/** Takes connections and never says anything. */
async function hanging(): Promise<Place> {
  const address = loopback();
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(8000, address, resolve));
  onTestFinished(() => void listener.close());
  return { address, port: 8000 };
}

/** Servers of the pool with the number of their failed checks, by name. */
async function failedChecks(rig: Rig): Promise<Map<string, { status: string; failed: number }>> {
  const answer = await command(rig.paths.adminSocket, ['show', 'stat']);
  const rows = answer.ok ? (readStatistics(answer.value) ?? []) : [];
  return new Map(
    rows
      .filter((row) => row.get('type') === '2')
      .map((row) => [
        row.get('svname') ?? '',
        { status: row.get('status') ?? '', failed: Number(row.get('chkfail') ?? 0) },
      ]),
  );
}

// Guards the length of the guard's window: it is enough to wait for one check of each new server.
test('one failing check takes a new server down, and it comes within the window', async () => {
  const rig = await createRig();
  const sound = await startServer('sound');
  const before = irOf(rig, { 'api-1': sound });
  await apply(rig, before);
  const after = irOf(rig, {
    'api-1': sound,
    'api-2': nobody(),
    'api-3': await failing(),
    'api-4': await hanging(),
  });
  await apply(rig, after);
  const begin = systemClock.now();
  const window = windowFor(before, after, 1);
  expect(window).toBe(4_200);
  const seen = await until(
    () => failedChecks(rig),
    (servers) => ['api-2', 'api-3', 'api-4'].every((one) => servers.get(one)?.status.startsWith('DOWN')),
    window,
  );
  expect(systemClock.now() - begin).toBeLessThan(window);
  for (const one of ['api-2', 'api-3', 'api-4']) expect(seen.get(one)?.failed).toBe(1);
  expect(seen.get('api-1')).toMatchObject({ failed: 0 });
});

test('a pool whose new servers all fail is caught before the window is over; a sound change passes', async () => {
  const rig = await createRig();
  const sampled: Sampled = rig.dataPlane;
  const sampler = new Sampler();
  async function change(from: HaproxyIr, to: HaproxyIr) {
    const { at } = await sampler.take(sampled, systemClock);
    await apply(rig, to);
    return watch({
      dataPlane: sampled,
      clock: systemClock,
      sampler,
      before: sampler.window(0, at),
      expected: expectationOf(to),
      duration: windowFor(from, to, 1_000),
    });
  }
  const first = irOf(rig, { 'api-1': await startServer('one'), 'api-2': await startServer('two') });
  await apply(rig, first);
  const moved = irOf(rig, { 'api-1': await startServer('one'), 'api-2': await startServer('two') });
  expect(await change(first, moved)).toEqual({ ok: true, evidence: ['4 s: no requests; 2 of 2 servers up'] });
  const broken = irOf(rig, { 'api-1': await failing(), 'api-2': nobody() });
  const begin = systemClock.now();
  expect(await change(moved, broken)).toEqual({
    ok: false,
    evidence: ['servers of live: 0 of 2 up after the change, 2 up before'],
  });
  expect(systemClock.now() - begin).toBeLessThan(4_200);
});

test('what is done behind our back on the socket is drift, and nothing else is', async () => {
  const rig = await createRig();
  const place = await startServer('one');
  const target = { kind: 'server' as const, service: name('live') };
  const base = { author: 'test', reason: 'test', since: 0 };
  const intents: Intent[] = [
    { ...base, id: 1, wish: { kind: 'drain' }, target: { ...target, server: name('api-2') } },
    { ...base, id: 2, wish: { kind: 'maintenance' }, target: { ...target, server: name('api-3') } },
    { ...base, id: 3, wish: { kind: 'weight', weight: 30 }, target: { ...target, server: name('api-4') } },
  ];
  const servers = {
    'api-1': place,
    'api-2': place,
    'api-3': place,
    'api-4': place,
    'api-5': { address: '::1', port: 9 },
    'api-6': nobody(),
  };
  const ir = irOf(rig, servers, intents);
  const digest = await apply(rig, ir);
  const look = async () =>
    findDrift({
      ir,
      expectedDigest: digest,
      runningDigest: await rig.dataPlane.identity(),
      state: await rig.dataPlane.runtimeState(),
      loaded: undefined,
      tampered: [],
      certificates: new Map(),
    });
  // Whether it was taken is seen below: HAProxy comments on some of these, which reads like a refusal.
  const say = (text: string) => command(rig.paths.adminSocket, text.split(' '));
  // Also when a server is found to be down by its checks, which is a fault and no drift.
  await until(
    () => failedChecks(rig),
    (seen) => seen.get('api-6')?.status.startsWith('DOWN') ?? false,
  );
  expect(await look()).toEqual([]);

  await say('set server live.servers/api-1 state maint');
  await say('set server live.servers/api-2 weight 100');
  await say('set server live.servers/api-3 state ready');
  await say('set server live.servers/api-4 state drain');
  await say('set server live.servers/api-5 addr ::1 port 10');
  await say('disable frontend live');
  expect((await look()).map(({ what }) => what)).toEqual([
    'the frontend live is stopped or paused; it should take connections',
    'api-1 of live is in maintenance; it should take requests (weight 100)',
    'api-2 of live takes requests (weight 100); it should be drained',
    'api-3 of live takes requests (weight 100); it should be in maintenance',
    'api-4 of live is drained; it should take requests (weight 30)',
    'api-5 of live is at [::1]:10; it should be at [::1]:9',
  ]);

  await rig.dataPlane.stop(0);
  expect((await look()).map(({ what }) => what)).toEqual([
    'HAProxy does not run; it should carry the traffic',
  ]);
});
