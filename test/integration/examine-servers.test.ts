import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { DataPlane } from '../../src/dataplane/port.ts';
import type { ServerProbe } from '../../src/dataplane/probe-port.ts';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import { probeServer } from '../../src/dataplane/system/probe-server.ts';
import type { HaproxyIr } from '../../src/ir/haproxy.ts';
import type { ConfiguredPool, ConfiguredServer } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import type { Intent } from '../../src/model/intent.ts';
import { runtimeNowhere } from '../../src/model/node-fixture.ts';
import { examineServers } from '../../src/reconcile/examine-servers.ts';
import {
  configuration,
  hostname,
  httpCheck,
  httpListener,
  httpsCheck,
  name,
  server,
  service,
} from '../golden/configurations.ts';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../harness/certificates.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { answering, startOddServer } from '../harness/odd-servers.ts';
import { startUpstream } from '../harness/upstream.ts';

const runtime = runtimeNowhere;
const apis = 'mtrestapis-live01.stelsewhere.example';

interface PoolOptions extends Partial<ConfiguredPool> {
  readonly servers: readonly ConfiguredServer[];
  readonly ca?: string;
}

/** One service for each pool. */
function ir(
  pools: Readonly<Record<string, PoolOptions>>,
  intents: readonly Intent[] = [],
): { ir: HaproxyIr } {
  const services = Object.entries(pools).map(([serviceName, pool], index) =>
    service(serviceName, [httpListener('127.0.0.1', 8000 + index)], {
      healthCheck: httpCheck('/health'),
      ...pool,
    }),
  );
  const authorities = Object.entries(pools).flatMap(([authority, { ca }]) =>
    ca === undefined
      ? []
      : [
          {
            name: name(authority),
            path: ['authorities', authority],
            material: { certificates: [ca], facts: [] },
          },
        ],
  );
  return { ir: compile(configuration(services, { authorities }), { runtime }, intents) };
}

/** The real probe, which notes whom it tries. */
function dataPlane(): Pick<DataPlane, 'probe'> & { readonly tried: string[] } {
  const tried: string[] = [];
  return {
    tried,
    probe: (one: ServerProbe, limit) => {
      tried.push(`${one.address}:${one.check.port ?? one.port}`);
      return probeServer(one, limit, systemClock);
    },
  };
}

async function good(serverName: string): Promise<ConfiguredServer> {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  return server(serverName, upstream.address, upstream.port);
}

async function broken(serverName: string): Promise<ConfiguredServer> {
  const { address, port } = await startOddServer({ talk: answering('HTTP/1.1 500 Bad\r\n\r\n') });
  return server(serverName, address, port);
}

const dead = (serverName: string) => server(serverName, loopbackAddress(), 9);
const where = ({ address, port }: ConfiguredServer) => `${address}:${port}`;
const poolPath = ['virtualServices', 'live', 'pool'];

function intent(kind: 'drain' | 'maintenance', ...servers: readonly string[]): Intent[] {
  return servers.map((one, index) => ({
    id: index + 1,
    wish: { kind },
    target: { kind: 'server', server: name(one) },
    author: 'pat',
    reason: 'patching',
    since: 0,
  }));
}

test('a pool whose new servers all fail is an error that names each of them with its cause', async () => {
  const before = ir({ live: { servers: [await good('old')] } });
  const [one, two] = [dead('api-1'), await broken('api-2')];
  const plane = dataPlane();
  expect(await examineServers(before, ir({ live: { servers: [one, two] } }), plane, systemClock)).toEqual([
    {
      code: 'pool-unreachable',
      severity: 'error',
      path: poolPath,
      what: `no server would pass its health check now, so nobody would be served: api-1 (${where(one)}): the server refuses connections; api-2 (${where(two)}): the health check was answered with 500 instead of 200`,
      mend: expect.stringMatching(/./),
    },
  ]);
  expect(plane.tried.toSorted()).toEqual([where(one), where(two)].toSorted());
});

test('a new pool without a server that passes is an error, but a warning at the first start', async () => {
  const wanted = ir({ live: { servers: [dead('api-1')] } });
  const nothing = ir({});
  const plane = dataPlane();
  expect(await examineServers(nothing, wanted, plane, systemClock)).toMatchObject([
    { code: 'pool-unreachable', severity: 'error' },
  ]);
  expect(await examineServers(undefined, wanted, plane, systemClock)).toMatchObject([
    { code: 'pool-unreachable', severity: 'warning' },
  ]);
});

test('one server that fails beside one that passes is a warning at its place', async () => {
  const [one, two] = [await good('api-1'), dead('api-2')];
  expect(
    await examineServers(ir({}), ir({ live: { servers: [one, two] } }), dataPlane(), systemClock),
  ).toEqual([
    {
      code: 'server-unreachable',
      severity: 'warning',
      path: [...poolPath, 'servers', 'api-2'],
      what: `api-2 (${where(two)}) would not pass its health check now: the server refuses connections`,
      mend: expect.stringMatching(/./),
    },
  ]);
});

test('a service that is down anyway does not hinder the change of another', async () => {
  const down = { servers: [dead('api-1'), dead('api-2')] };
  const plane = dataPlane();
  const before = ir({ down, live: { servers: [await good('api-1')] } });
  const after = ir({
    down: { ...down, balance: 'roundrobin', healthCheck: httpCheck('/health', { fall: 3 }) },
    live: { servers: [await good('api-1')] },
  });
  expect(await examineServers(before, after, plane, systemClock)).toEqual([]);
  expect(plane.tried).toHaveLength(1);
});

test('a server that is kept saves its pool, and is not tried', async () => {
  const kept = dead('old');
  const plane = dataPlane();
  const found = await examineServers(
    ir({ live: { servers: [kept] } }),
    ir({ live: { servers: [kept, dead('new')] } }),
    plane,
    systemClock,
  );
  expect(found).toMatchObject([{ code: 'server-unreachable', severity: 'warning' }]);
  expect(plane.tried).toHaveLength(1);
});

test('a server that moves to another port is tried there', async () => {
  const old = await good('api-1');
  const moved = { ...old, port: server('x', '127.0.0.1', 9).port };
  const plane = dataPlane();
  expect(
    await examineServers(
      ir({ live: { servers: [old] } }),
      ir({ live: { servers: [moved] } }),
      plane,
      systemClock,
    ),
  ).toMatchObject([{ code: 'pool-unreachable', severity: 'error' }]);
  expect(plane.tried).toEqual([where(moved)]);
});

test('a health check path that answers 500 is an error for the pool', async () => {
  const one = await broken('api-1');
  const tcp = { ...httpCheck('/health'), type: 'tcp' } as const;
  const before = ir({ live: { servers: [one], healthCheck: tcp } });
  expect(
    await examineServers(before, ir({ live: { servers: [one] } }), dataPlane(), systemClock),
  ).toMatchObject([{ code: 'pool-unreachable', what: expect.stringContaining('answered with 500') }]);
});

test('servers in maintenance are not tried; drained ones only warn, and save no pool', async () => {
  const [ready, drained, away] = [dead('ready'), dead('drained'), dead('away')];
  const servers = [ready, drained, away];
  const after = (wished: readonly Intent[]) => ir({ live: { servers } }, wished);
  const plane = dataPlane();
  const both = [...intent('drain', 'drained'), ...intent('maintenance', 'away')];
  expect(await examineServers(ir({}), after(both), plane, systemClock)).toMatchObject([
    { code: 'pool-unreachable', severity: 'error', what: expect.not.stringContaining('drained') },
    { code: 'server-unreachable', severity: 'warning', what: expect.stringContaining('drained') },
  ]);
  expect(plane.tried).not.toContain(where(away));
  // Nobody is to take requests: then that is what somebody wants.
  const all = await examineServers(
    ir({}),
    after(intent('drain', 'ready', 'drained', 'away')),
    plane,
    systemClock,
  );
  expect(all.map(({ severity }) => severity)).toEqual(['warning', 'warning', 'warning']);
});

let authority: TestAuthority;
let stranger: TestAuthority;
let certificate: TestCertificate;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([makeAuthority(), makeAuthority()]);
  certificate = await authority.issue([apis]);
});

test('other authorities under the same name are tried, and so is another name to verify', async () => {
  const upstream = await startUpstream({ tls: certificate });
  onTestFinished(() => upstream.close());
  const pool = (from: TestAuthority, verifiedName = apis): PoolOptions => ({
    servers: [server('api-1', upstream.address, upstream.port)],
    healthCheck: httpsCheck('/health'),
    tls: { verify: 'required', authority: name('live'), serverName: hostname(verifiedName) },
    ca: from.material.certificates.join(''),
  });
  const before = ir({ live: pool(authority) });
  const found = (after: PoolOptions) => examineServers(before, ir({ live: after }), dataPlane(), systemClock);
  expect(await found(pool(authority))).toEqual([]);
  expect(upstream.checks).toHaveLength(0);
  expect(await found(pool(stranger))).toMatchObject([
    { code: 'pool-unreachable', what: expect.stringContaining('unknown authority') },
  ]);
  expect(await found(pool(authority, 'other.stelsewhere.example'))).toMatchObject([
    { code: 'pool-unreachable', what: expect.stringContaining('does not cover other.stelsewhere.example') },
  ]);
  expect(await examineServers(undefined, before, dataPlane(), systemClock)).toEqual([]);
  expect(upstream.checks).toHaveLength(1);
});

test('a server that is silent is awaited as long as its check would, and is down then', async () => {
  const { address, port } = await startOddServer();
  const healthCheck = httpCheck('/health', { timeout: duration('200ms') });
  const wanted = ir({ live: { servers: [server('api-1', address, port)], healthCheck } });
  expect(await examineServers(ir({}), wanted, dataPlane(), systemClock)).toMatchObject([
    { code: 'pool-unreachable', what: expect.stringContaining('not answered within 200 ms') },
  ]);
});
