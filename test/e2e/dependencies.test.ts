// Guards: a dead machine behind the API servers is told, and only the Cache service of its own takes an API server out.
import { afterEach, describe, expect, test } from 'vitest';
import type { ServiceStatus } from '../../src/model/status.ts';
import { aorta } from '../harness/controller.ts';
import { until } from '../harness/until.ts';
import { type Service, startService } from './service.ts';

let service: Service | undefined;
afterEach(() => service?.end());

async function apis(one: Service): Promise<ServiceStatus> {
  const found = (await one.status()).services.find(({ name }) => name === 'live-apis');
  if (found === undefined) throw new Error('there is no such service');
  return found;
}

const stateOf = ({ servers }: ServiceStatus, name: string) =>
  servers.find((server) => server.name === name)?.state;

/** Waits until the service is as it should be, and gives back how long that took. */
async function awaited(
  what: string,
  one: Service,
  isSo: (seen: ServiceStatus) => boolean,
): Promise<{ seen: ServiceStatus; took: number }> {
  const begun = performance.now();
  const seen = await until(
    what,
    async () => {
      const found = await apis(one);
      return isSo(found) ? found : undefined;
    },
    40_000,
  );
  return { seen, took: performance.now() - begun };
}

const read = (one: Service, token: string) =>
  one.ask(`${one.origins.apis}/v1/uscore/R4/Patient?_count=1`, {
    headers: { authorization: `Bearer ${token}` },
  });

describe('the recommended deployment', () => {
  test('a dead Cache server is a condition on every service, and no server leaves', async () => {
    service = await startService({ deployment: 'recommended', tls: 'offload', patients: 5 });
    const one = service;
    await until('everything was checked', async () => {
      const { dependencies } = await one.status();
      return dependencies.every(({ watches }) => watches[0]?.state === 'up') ? true : undefined;
    });
    const { dependencies } = await one.status();
    expect(dependencies.map(({ name, watches }) => [name, watches.map(({ port }) => port)])).toEqual([
      ['cache-1', [8379]],
      ['files-1', [8032]],
      ['monitor-1', [8033]],
      ['platform-1', [8031]],
    ]);
    await one.estate.kill('cache-1');
    const { seen, took } = await awaited('the loss is told', one, ({ conditions }) => conditions.length > 0);
    // Three checks, 2 s apart, and the way to the status.
    expect(took).toBeLessThan(15_000);
    expect(seen.state).toBe('degraded');
    expect(seen.conditions).toEqual([
      expect.stringMatching(
        /^cache-1 \(cache, 127\.[\d.]+\) does not accept connections on port 8379: no connection \(Connection refused\), since .*\. Requests that need the Cache service fail\. Servers stay in service\.$/,
      ),
    ]);
    for (const { state, servers } of (await one.status()).services) {
      expect(state).toBe('degraded');
      expect(servers.map((server) => server.state)).toEqual(['up', 'up']);
    }
    expect((await one.ask(`${one.origins.apis}/v1/uscore/R4/metadata`)).status).toBe(200);
    const shown = await aorta('status', '--state', one.state);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/cache-1 127\.[\d.]+:8379 \(cache, tcp\)\s*│ down/);
    expect(shown.stdout).toMatch(/platform-1 127\.[\d.]+:8031 \(platform-service, tcp\)\s*│ up/);

    // Whether the Monitor Service is there is nothing to the clients.
    await one.estate.restart('cache-1');
    await one.estate.kill('monitor-1');
    const after = await awaited(
      'only the Monitor Service is missed',
      one,
      ({ state, conditions }) => state === 'healthy' && conditions.length === 1,
    );
    expect(after.seen.conditions[0]).toMatch(/^monitor-1 .* Requests are served all the same/);
  }, 120_000);
});

describe('the minimum deployment', () => {
  test('an API server whose own Cache service is dead leaves, and comes back', async () => {
    service = await startService({ deployment: 'minimum', tls: 'bridging', patients: 5 });
    const one = service;
    const token = await one.token('apis');
    await one.estate.kill('api-1.cache');
    const { seen } = await awaited('api-1 has left', one, (now) => stateOf(now, 'api-1') === 'down');
    expect(stateOf(seen, 'api-2')).toBe('up');
    const told = await awaited('its port is named', one, ({ conditions }) =>
      conditions.some((sentence) => sentence.includes('8379')),
    );
    expect(told.seen.conditions).toContain(
      'api-1 is down: its port 8379 (cache) does not accept connections: the server refuses connections.',
    );
    const statuses: number[] = [];
    const reader = async (): Promise<void> => {
      for (let count = 0; count < 25; count += 1) statuses.push((await read(one, token)).status);
    };
    // As many at a time as a small site has; the one server that is left has to do with all of them.
    await Promise.all(Array.from({ length: 8 }, reader));
    expect(statuses).toHaveLength(200);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);

    await one.estate.restart('api-1.cache');
    await awaited('api-1 is back', one, ({ state }) => state === 'healthy');

    // Both: nobody answers wrongly, so it is no mistake of the check; see the panic rule.
    await one.estate.kill('api-1.cache');
    await one.estate.kill('api-2.cache');
    const none = await awaited('both have left', one, ({ state }) => state === 'down');
    for (const name of ['api-1', 'api-2'])
      expect(none.seen.servers.find((server) => server.name === name)?.check).toMatch(/^no connection/);
    await one.estate.restart('api-1.cache');
    await one.estate.restart('api-2.cache');
    await awaited('both are back', one, ({ state }) => state === 'healthy');
  }, 180_000);

  test('with `whenCacheIsDown: condition` it stays', async () => {
    const parameters = { whenCacheIsDown: 'condition' };
    service = await startService({ deployment: 'minimum', tls: 'offload', patients: 5, parameters });
    const one = service;
    await one.estate.kill('api-1.cache');
    const { seen } = await awaited('the loss is told', one, ({ conditions }) => conditions.length > 0);
    expect(seen.conditions[0]).toMatch(
      /^api-1 \(cache, .* 1 of 2 machines with the role cache is left\. Servers stay in service\.$/,
    );
    expect(seen.servers.map(({ state }) => state)).toEqual(['up', 'up']);
  }, 120_000);
});
