// Guards: who reads the status is told which machine behind the servers is down and what that means; the pool is as it was.
import { expect, test } from 'vitest';
import { compiled, estate, running } from '../compile/estate-fixture.ts';
import { type Address, Port } from '../model/address.ts';
import type { Configuration, ConfiguredDependency, ConfiguredHost } from '../model/configuration.ts';
import { duration } from '../model/duration.ts';
import type { Name } from '../model/name.ts';
import type { RuntimeCheck, RuntimeServer } from '../model/runtime-state.ts';
import { observe } from './observe.ts';
import { sinceWords } from './since-words.ts';

const since = 3_600_000;
const refused = { result: 'L4CON', description: 'Connection refused at step 1 of tcp-check (connect)' };
const seen = { result: 'L4OK', description: '(tcp-check)', duration: 1 };

function machine(name: string, roles: readonly string[], ...ports: readonly number[]): ConfiguredHost {
  const path = ['hosts', name];
  return {
    name: name as Name,
    path,
    address: '10.20.2.11' as Address,
    roles: roles.map((role) => role as Name),
    watches: ports.map((port, index) => ({
      path: [...path, 'watch', index],
      watch: {
        type: port === 80 ? 'http' : 'tcp',
        port: Port.parse(port),
        ...(roles[index] === undefined ? {} : { role: roles[index] as Name }),
        interval: duration('2s'),
        timeout: duration('1s'),
        fall: 3,
        rise: 2,
        path: '/',
        expectStatus: [200],
      },
    })),
  };
}

function dependency(role: string, hosts: readonly string[], rest: Partial<ConfiguredDependency> = {}) {
  return { role: role as Name, path: [], hosts: hosts.map((name) => name as Name), needed: true, ...rest };
}

/** What a watch says otherwise; `check: undefined`: nothing yet. */
type Change = Omit<Partial<RuntimeServer>, 'check'> & { readonly check?: RuntimeCheck | undefined };

/** The status when these watches say something else than `up`. */
function statusOf(
  hosts: readonly ConfiguredHost[],
  dependsOn: readonly ConfiguredDependency[],
  changes: Readonly<Record<string, Change | undefined>>,
  runs = true,
) {
  const configuration: Configuration = {
    ...estate,
    hosts: [...estate.hosts, ...hosts],
    virtualServices: estate.virtualServices.map((service) => ({ ...service, dependsOn })),
  };
  const ir = compiled([], configuration);
  const state = running(ir);
  const watched = ir.watches.flatMap(({ name, server, address, port }): RuntimeServer[] => {
    const change = name in changes ? changes[name] : {};
    if (change === undefined) return [];
    const { check, ...rest } = { check: seen, ...change };
    const good = { admin: 'ready', operational: 'up', since, sessions: 0, weight: 1 } as const;
    const place = { backend: name, name: server, address: `${address}:${port}` };
    return [{ ...place, ...good, ...rest, ...(check === undefined ? {} : { check }) }];
  });
  return observe({
    at: since + 60_000,
    configuration,
    ir,
    ...(runs ? { state: { ...state, servers: [...state.servers, ...watched] } } : {}),
    causes: new Map(),
    intents: [],
    drift: [],
  });
}

const down = { operational: 'down', check: refused } as const;
const cache1 = machine('cache-1', ['cache'], 8379);
const cache2 = machine('cache-2', ['cache'], 8379);
const when = sinceWords(since);
const fault = (name: string) =>
  `${name} (cache, 10.20.2.11) does not accept connections on port 8379: no connection (Connection refused), ${when}.`;

test('the only one of a role: its loss is told to each service, and no server leaves', () => {
  const status = statusOf([cache1], [dependency('cache', ['cache-1'])], { 'cache-1.watch-8379': down });
  for (const { state, conditions, servers } of status.services) {
    expect(state).toBe('degraded');
    expect(conditions).toEqual([`${fault('cache-1')} Requests that need it fail. Servers stay in service.`]);
    expect(new Set(servers.map((server) => server.state))).toEqual(new Set(['up']));
  }
});

test('one of two is said to be one of two', () => {
  const both = dependency('cache', ['cache-1', 'cache-2'], { effect: 'Nobody can log in' });
  const one = statusOf([cache1, cache2], [both], { 'cache-2.watch-8379': down });
  expect(one.services[0]?.conditions).toEqual([
    `${fault('cache-2')} 1 of 2 machines with the role cache is left. Servers stay in service.`,
  ]);
  const all = statusOf([cache1, cache2], [both], { 'cache-1.watch-8379': down, 'cache-2.watch-8379': down });
  expect(all.services[0]?.conditions).toEqual([
    `${fault('cache-1')} ${fault('cache-2')} No machine with the role cache is left. Nobody can log in. Servers stay in service.`,
  ]);
});

test('what is not needed leaves the service healthy, and is told', () => {
  const monitor = machine('monitor-1', ['monitor'], 8033);
  const status = statusOf([monitor], [dependency('monitor', ['monitor-1'], { needed: false })], {
    'monitor-1.watch-8033': down,
  });
  expect(status.services[0]).toMatchObject({ state: 'healthy' });
  expect(status.services[0]?.conditions).toEqual([
    expect.stringMatching(/^monitor-1 .* Requests are served all the same\. Servers stay in service\.$/),
  ]);
});

test('a machine with two roles is down for the role whose port is', () => {
  const machineOfBoth = machine('both-1', ['cache', 'files'], 8379, 80);
  const needs = [dependency('cache', ['both-1']), dependency('files', ['both-1'])];
  const status = statusOf([machineOfBoth], needs, {
    'both-1.watch-80': { operational: 'down', check: { result: 'L7STS', status: 500, duration: 3 } },
  });
  expect(status.services[0]?.conditions).toEqual([
    `both-1 (files, 10.20.2.11) does not pass its check on port 80: unexpected status 500, ${when}. Requests that need it fail. Servers stay in service.`,
  ]);
});

test.each([
  ['HAProxy does not have it', undefined, 'unknown'],
  ['it was not checked yet', { check: undefined }, 'unknown'],
  ['somebody put it into maintenance', { admin: 'maintenance', operational: 'down' }, 'unknown'],
  ['its checks begin to fail', { operational: 'going-down' }, 'up'],
  ['its checks begin to pass', { operational: 'going-up' }, 'down'],
  // After a reload the state of before is known, and the next check is not there yet.
  ['it was down before a reload', { operational: 'down', check: undefined }, 'down'],
] as const)('%s', (_, change, state) => {
  const { dependencies, services } = statusOf([cache1], [dependency('cache', ['cache-1'])], {
    'cache-1.watch-8379': change,
  });
  expect(dependencies.find(({ name }) => name === 'cache-1')?.watches).toMatchObject([{ port: 8379, state }]);
  expect(services[0]?.conditions).toHaveLength(state === 'down' ? 1 : 0);
});

test('without HAProxy nothing is known, and a machine without watch says so', () => {
  const status = statusOf([cache1], [dependency('cache', ['cache-1'])], {}, false);
  expect(status.dependencies).toMatchObject([
    { name: 'files-1', watches: [] },
    { name: 'cache-1', watches: [{ port: 8379, type: 'tcp', state: 'unknown' }] },
  ]);
  expect(status.services[0]?.conditions).toEqual(['HAProxy does not run.']);
});

test('the sentence does not change from check to check', () => {
  const at = (time: number) =>
    statusOf([cache1], [dependency('cache', ['cache-1'])], {
      'cache-1.watch-8379': { operational: 'down', check: { ...refused, duration: time } },
    }).services[0]?.conditions;
  expect(at(1)).toEqual(at(7));
});

test('a machine of a pool that is watched is shown among what is watched', () => {
  const api1 = machine('api-1', ['api'], 8379);
  const status = statusOf([{ ...api1, name: 'api-9' as Name }], [], {});
  expect(status.dependencies.map(({ name }) => name)).toEqual(['files-1', 'api-9']);
});
