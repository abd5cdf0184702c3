import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { FileIr, HaproxyIr, PersistenceIr, ServerIr } from '../../src/ir/haproxy.ts';
import { certificatePem } from '../../src/ir/pem.ts';
import { Bug, unreachable } from '../../src/kernel/bug.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import { runtimeNowhere } from '../../src/model/node-fixture.ts';
import {
  backend,
  bind,
  certificate,
  certificateList,
  drained,
  frontend,
  ir,
  networks,
} from '../../src/plan/ir-fixture.ts';
import { plan } from '../../src/plan/make-plan.ts';
import type { RuntimeOperation } from '../../src/plan/operation.ts';
import { cases, fixedMaterials } from '../golden/configurations.ts';

const node: NodeFacts = {
  runtime: runtimeNowhere,
};
const abilities = { dynamicCookie: true };

describe('any two configurations', () => {
  const compiled = Object.entries(cases).map(
    ([name, build]) => [name, compile(build(fixedMaterials), node)] as const,
  );
  const pairs = compiled.flatMap(([from, before]) =>
    compiled.map(([to, after]) => [from, to, before, after] as const),
  );

  test.each(pairs)('%s to %s', (from, to, before, after) => {
    const { impact, steps, operations } = plan(before, after, {}, abilities);
    expect(impact === 'none').toBe(from === to);
    expect(steps.length === 0).toBe(from === to);
    if (impact !== 'runtime') expect(operations).toEqual([]);
    expect(JSON.stringify(steps)).not.toMatch(/undefined|BEGIN|\[object/);
  });
});

/** What HAProxy has in memory, as far as it can be told. */
interface Memory {
  readonly limits: Map<string, number>;
  readonly shares: Map<string, number>;
  readonly pools: Map<string, Map<string, Omit<ServerIr, 'origin' | 'name'>>>;
  readonly certificates: Map<string, string>;
  readonly certificateLists: Map<string, string[]>;
  readonly lists: Map<string, readonly string[]>;
}

function remembered(server: ServerIr): Omit<ServerIr, 'origin' | 'name'> {
  const { address, port, weight, maxConnections, admin } = server;
  return { address, port, weight, admin, ...(maxConnections === undefined ? {} : { maxConnections }) };
}

function memoryOf({ global, frontends, backends, files }: HaproxyIr): Memory {
  const of = <K extends FileIr['kind']>(kind: K) =>
    files.filter((file): file is Extract<FileIr, { kind: K }> => file.kind === kind);
  return {
    limits: new Map([
      ['', global.maxConnections],
      ...frontends.map(({ name, maxConnections }) => [name, maxConnections] as const),
    ]),
    shares: new Map(frontends.map((one) => [one.name, one.maxConnectionsPerSource])),
    pools: new Map(
      backends.map(({ name, servers }) => [name, new Map(servers.map((one) => [one.name, remembered(one)]))]),
    ),
    certificates: new Map(of('certificate').map((file) => [file.path, certificatePem(file).reveal()])),
    certificateLists: new Map(
      of('certificate-list').map(({ path, entries }) => [path, entries.map((entry) => entry.certificate)]),
    ),
    lists: new Map([
      ...of('networks').map((file) => [file.path, file.networks] as const),
      ...of('drained-servers').map((file) => [file.path, file.servers] as const),
    ]),
  };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Bug('an operation on what is not there');
  return value;
}

/** Does one thing as HAProxy does: refuses what is not there, or is there already. */
function operate(memory: Memory, operation: RuntimeOperation): void {
  const { limits, shares, pools, certificates, certificateLists, lists } = memory;
  const change = (pool: string, server: string, by: Partial<ServerIr>): void => {
    const servers = found(pools.get(pool));
    servers.set(server, { ...found(servers.get(server)), ...by });
  };
  switch (operation.kind) {
    case 'set-server-admin': {
      const { admin, weight } = operation;
      change(operation.backend, operation.server, { admin, weight });
      return;
    }
    case 'set-server-address': {
      const { address, port } = operation;
      change(operation.backend, operation.server, { address, port });
      return;
    }
    case 'set-server-connections': {
      const servers = found(pools.get(operation.backend));
      const { maxConnections: _, ...rest } = found(servers.get(operation.server));
      const { maxConnections } = operation;
      servers.set(operation.server, { ...rest, ...(maxConnections === undefined ? {} : { maxConnections }) });
      return;
    }
    case 'add-server': {
      const servers = found(pools.get(operation.backend.name));
      if (servers.has(operation.server.name)) throw new Bug('a server that is there already');
      servers.set(operation.server.name, remembered(operation.server));
      return;
    }
    case 'remove-server':
      found(pools.get(operation.backend)?.delete(operation.server) === true ? true : undefined);
      return;
    case 'set-frontend-connections':
      found(limits.get(operation.frontend));
      limits.set(operation.frontend, operation.maxConnections);
      return;
    case 'set-source-share':
      found(shares.get(operation.frontend));
      shares.set(operation.frontend, operation.maxConnections);
      return;
    case 'set-process-connections':
      if (operation.maxConnections > found(limits.get(''))) throw new Bug('more than at the start');
      limits.set('', operation.maxConnections);
      return;
    case 'replace-certificate':
      found(certificates.get(operation.file));
      certificates.set(operation.file, operation.content.reveal());
      return;
    case 'add-certificate':
      if (certificates.has(operation.file)) throw new Bug('a certificate that is there already');
      certificates.set(operation.file, operation.content.reveal());
      for (const list of operation.lists) found(certificateLists.get(list)).push(operation.file);
      return;
    case 'remove-certificate':
      for (const list of operation.lists) {
        const entries = found(certificateLists.get(list));
        const index = entries.indexOf(operation.file);
        if (index <= 0) throw new Bug('a certificate that is not on the list, or its default');
        entries.splice(index, 1);
      }
      for (const entries of certificateLists.values()) {
        if (entries.includes(operation.file)) throw new Bug('a certificate that is still in use');
      }
      found(certificates.get(operation.file));
      certificates.delete(operation.file);
      return;
    case 'replace-list':
      found(lists.get(operation.file));
      lists.set(operation.file, operation.entries);
      return;
    default:
      unreachable(operation, 'operation');
  }
}

/** What a pool gives its clients at one moment. */
function takers(servers: ReadonlyMap<string, Omit<ServerIr, 'origin' | 'name'>>): number {
  return [...servers.values()].filter(({ admin, weight }) => admin === 'ready' && weight > 0).length;
}

const someServer = (name: string): fc.Arbitrary<ServerIr> =>
  fc.record(
    {
      name: fc.constant(name),
      origin: fc.constant([name]),
      // Mostly the same: another address needs a reload when nobody else takes requests.
      address: fc.constantFrom(...Array<string>(30).fill('10.0.1.1'), '10.0.1.2', '2001:db8::1'),
      port: fc.constantFrom(...Array<number>(20).fill(443), 80),
      weight: fc.constantFrom(0, 50, 100),
      maxConnections: fc.constantFrom(10, 20),
      admin: fc.constantFrom('ready' as const, 'drain' as const, 'maintenance' as const),
    },
    { requiredKeys: ['name', 'origin', 'address', 'port', 'weight', 'admin'] },
  );

const someServers = fc
  .tuple(...['a', 'b', 'c', 'd'].map((name) => fc.option(someServer(name), { nil: undefined })))
  .map((servers) => servers.filter((one) => one !== undefined));

const persistences: PersistenceIr[] = [
  { kind: 'none' },
  { kind: 'source-address', drainedList: 'drained/b.list', expire: 1_000, entries: 1_000 },
  { kind: 'cookie', drainedList: 'drained/b.list', name: 'C', idle: 1, life: 1, secure: true },
];

/** Certificates with their versions, and lists of them. The first of a list is mostly the same. */
const someCertificates = fc
  .record({
    versions: fc.record({ a: fc.constantFrom(1, 2), b: fc.constantFrom(1, 2), c: fc.constantFrom(1, 2) }),
    one: fc.subarray(['b', 'c']),
    two: fc.shuffledSubarray(['b', 'c']),
  })
  .map(({ versions, one, two }): FileIr[] => {
    const lists = [certificateList('one', 'a', ...one), certificateList('two', 'a', ...two)];
    const used = (['a', 'b', 'c'] as const).filter((name) =>
      lists.some(({ entries }) => entries.some((entry) => entry.certificate === `certs/${name}.pem`)),
    );
    return [...used.map((name) => certificate(name, versions[name])), ...lists];
  });

/** Worlds that differ mostly in what can be told at runtime, and sometimes in more. */
const someIr = fc
  .record({
    limits: fc.tuple(fc.constantFrom(100, 200), fc.constantFrom(200, 300)),
    shares: fc.tuple(fc.constantFrom(50, 60), fc.constantFrom(50, 60)),
    address: fc.constantFrom('10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.1', '0.0.0.0'),
    pools: fc.tuple(someServers, someServers),
    persistence: fc.constantFrom(
      ...persistences.flatMap((one, index) => Array<PersistenceIr>(index === 1 ? 6 : 1).fill(one)),
    ),
    certificates: someCertificates,
    networks: fc.subarray(['10.0.0.0/8', '10.1.0.0/16', '2001:db8::/32']),
  })
  .map(({ limits, shares, address, pools, persistence, certificates, networks: allowed }): HaproxyIr => {
    const frontends = limits.map((maxConnections, index) =>
      frontend(`f${index}`, [bind(address, 80 + index)], {
        maxConnections,
        maxConnectionsPerSource: shares[index] ?? 50,
      }),
    );
    const drains = pools.map((servers, index) =>
      drained(`p${index}`, ...servers.filter(({ admin }) => admin === 'drain').map(({ name }) => name)),
    );
    return ir({
      frontends,
      backends: pools.map((servers, index) => backend(`p${index}`, servers, { persistence })),
      files: [...certificates, ...drains, networks('live', ...allowed)],
    });
  });

describe('any two worlds', () => {
  test('a world and itself differ in nothing', () => {
    fc.assert(
      fc.property(someIr, (world) => {
        expect(plan(world, structuredCloneOf(world), {}, abilities)).toEqual({
          impact: 'none',
          steps: [],
          operations: [],
        });
      }),
    );
  });

  test('the operations lead from the one to the other, and hurt nobody on the way', () => {
    let atRuntime = 0;
    fc.assert(
      fc.property(someIr, someIr, (before, after) => {
        const { impact, operations, steps } = plan(before, after, {}, abilities);
        expect(steps.every((step) => step.impact !== 'none')).toBe(true);
        if (impact !== 'runtime') {
          expect(operations).toEqual([]);
          return;
        }
        atRuntime += 1;
        const [memory, from, wanted] = [memoryOf(before), memoryOf(before), memoryOf(after)];
        for (const operation of operations) {
          if (operation.kind === 'set-server-address') {
            // It takes no request meanwhile.
            const { [operation.server]: moved, ...others } = Object.fromEntries(
              found(memory.pools.get(operation.backend)),
            );
            const isOut = found(moved).admin === 'maintenance';
            if (!isOut) expect(takers(new Map(Object.entries(others)))).toBeGreaterThan(0);
          }
          operate(memory, operation);
          for (const [pool, servers] of memory.pools) {
            const least = Math.min(
              takers(found(from.pools.get(pool))),
              takers(found(wanted.pools.get(pool))),
            );
            expect(takers(servers)).toBeGreaterThanOrEqual(least);
            const listed = found(memory.lists.get(`drained/${pool.replace('.servers', '')}.list`));
            for (const [name, { admin }] of servers) if (admin === 'drain') expect(listed).toContain(name);
          }
          const { '': all = 0, ...each } = Object.fromEntries(memory.limits);
          expect(all).toBeGreaterThanOrEqual(Object.values(each).reduce((sum, one) => sum + one, 0));
        }
        expect(memory).toEqual(wanted);
        const admins = operations.flatMap((one) =>
          one.kind === 'set-server-admin' ? [`${one.backend} ${one.server}`] : [],
        );
        expect(new Set(admins).size).toBe(admins.length);
      }),
      { numRuns: 4_000 },
    );
    // Else the property would hold because it was never tried.
    expect(atRuntime).toBeGreaterThan(100);
  });
});

function structuredCloneOf(world: HaproxyIr): HaproxyIr {
  return ir({
    global: structuredClone(world.global),
    frontends: structuredClone(world.frontends),
    backends: structuredClone(world.backends),
    files: world.files.map((file) => ({ ...file })),
  });
}
