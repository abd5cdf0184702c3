import { rm } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { call } from '../../src/cli/client.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { ChangeRig, type Traffic } from '../harness/change-rig.ts';
import type { CountingServer } from '../harness/counting-server.ts';
import { until } from '../harness/until.ts';

const persistences = {
  none: { type: 'none' },
  cookie: { type: 'cookie' },
  sourceAddress: { type: 'sourceAddress' },
} as const;

/** Minutes, with each. */
const whole = process.env['AORTA_TEST_WHOLE'] === '1';

/** Guards: a server that somebody is patching gets requests again because something was started anew. */
describe.each(Object.entries(persistences).filter(([name]) => whole || name === 'cookie'))(
  'persistence %s',
  (_, persistence) => {
    test('a drained server gets no new request, whatever happens', { timeout: 180_000 }, async () => {
      const rig = await ChangeRig.start({
        adjust: ({ virtualServices }) => persist(virtualServices, persistence),
      });
      onTestFinished(() => rig.end());
      const declaration = rig.declaration();
      persist(declaration.virtualServices, persistence);
      const table: string[] = [];
      const drained = [rig.servers.offload[0], rig.servers.bridging[0]] as const;

      // Clients that the server knows: they have its cookie, or are in the table of source addresses.
      let traffic = rig.traffic({ idle: 5 });
      await traffic.clients.more(300);
      for (const server of drained) expect((await server.carriedOut()).length).toBeGreaterThan(0);
      for (const service of ['offload', 'bridging'] as const) {
        const wish = { kind: 'drain' } as const;
        await call(rig.socket, 'intend', {
          wish,
          target: 'one',
          service,
          author: 'test',
          reason: 'patching',
        });
      }
      // What the drain itself found under way may end.
      let silent = await settled(traffic, drained);

      const see = async (what: string, work: () => Promise<void>, wait: 'no loss' | 'loss allowed') => {
        const before = traffic.clients.sofar;
        await work();
        await traffic.clients.more(300, 60_000);
        const counts = await carriedOutBy(drained);
        const after = traffic.clients.sofar;
        const news = counts.map((count, index) => count - (silent[index] ?? 0));
        table.push(
          `${what}: ${after.answered - before.answered} requests, ${news.join(' and ')} to the drained servers, ${after.lost - before.lost} lost`,
        );
        expect(news, what).toEqual([0, 0]);
        if (wait === 'no loss') expect(after.lost - before.lost, what).toBe(0);
        // It is still shown as drained, and by whom.
        const { intents } = await call(rig.socket, 'intents');
        expect(intents.map(({ wish, author, reason }) => ({ wish, author, reason }))).toEqual(
          [1, 2].map(() => ({ wish: { kind: 'drain' }, author: 'test', reason: 'patching' })),
        );
      };

      await see(
        'reload',
        async () => {
          declaration.virtualServices.offload['errorAnswers'] = { retryAfter: '7s' };
          declaration.virtualServices.bridging['errorAnswers'] = { retryAfter: '7s' };
          expect(await rig.apply(declaration)).toMatchObject({ outcome: 'applied', how: 'reloaded' });
        },
        'no loss',
      );
      await see(
        'new weights and a new server',
        async () => {
          for (const name of ['offload', 'bridging'] as const) {
            const { servers } = declaration.virtualServices[name].pool;
            for (const server of Object.values(servers)) server.weight = 50;
            servers['three'] = rig.place(name, 2);
          }
          expect(await rig.apply(declaration)).toMatchObject({ outcome: 'applied' });
        },
        'no loss',
      );
      await see(
        'controller killed',
        async () => {
          await rig.killController();
          await rig.resume();
        },
        'no loss',
      );
      await see('worker killed', () => killed(rig, 'workers'), 'loss allowed');
      await see('HAProxy killed', () => killed(rig, 'all'), 'loss allowed');
      await see(
        'reboot',
        async () => {
          await rig.killController();
          await killed(rig, 'all', false);
          await rm(runtimePaths(rig.state).directory, { recursive: true });
          await rig.resume();
        },
        'loss allowed',
      );
      const verdict = await traffic.stop();
      console.log(
        `drained, persistence ${persistence.type}: ${table.join('; ')}; ${verdict.twice.length} carried out twice`,
      );
      expect(verdict.twice).toEqual([]);

      // And it comes back when somebody says so: else this test could not fail.
      await call(rig.socket, 'enable', { target: 'one', service: 'offload', author: 'test' });
      traffic = rig.traffic({ idle: 5 });
      silent = await carriedOutBy(drained);
      await until(
        'the enabled server gets requests',
        async () => {
          const [offload = 0] = await carriedOutBy(drained);
          return offload > (silent[0] ?? 0) ? true : undefined;
        },
        20_000,
      );
      const [, bridging] = await carriedOutBy(drained);
      expect(bridging).toBe(silent[1]);
      await traffic.stop();
    });
  },
);

function persist(services: Record<string, { pool: Record<string, unknown> }>, persistence: object): void {
  for (const { pool } of Object.values(services)) pool['persistence'] = persistence;
}

async function carriedOutBy(servers: readonly CountingServer[]): Promise<number[]> {
  return await Promise.all(servers.map(async (server) => (await server.carriedOut()).length));
}

/** The counts of servers that got nothing during 100 requests. Clients with a cookie may end what they do there first. */
async function settled(traffic: Traffic, servers: readonly CountingServer[]): Promise<number[]> {
  return await until(
    'the drained servers fall silent',
    async () => {
      const before = await carriedOutBy(servers);
      await traffic.clients.more(100);
      const after = await carriedOutBy(servers);
      return JSON.stringify(before) === JSON.stringify(after) ? after : undefined;
    },
    20_000,
  );
}

/** Kills HAProxy; with a controller, waits until that has started it again. */
async function killed(rig: ChangeRig, what: 'workers' | 'all', revives = true): Promise<void> {
  const { master, workers } = await rig.haproxy();
  for (const pid of what === 'all' ? [master, ...workers] : workers) process.kill(pid, 'SIGKILL');
  if (!revives) return;
  await until(
    'other workers run',
    async () => {
      const now = await rig.haproxy().catch(() => undefined);
      return now?.workers.some((pid) => !workers.includes(pid)) === true ? true : undefined;
    },
    30_000,
  );
}
