import { expect, test } from 'vitest';
import { compiled, estate } from '../compile/estate-fixture.ts';
import type { Configuration } from '../model/configuration.ts';
import { duration } from '../model/duration.ts';
import type { RuntimeServer } from '../model/runtime-state.ts';
import { CountersFixture, type Second } from './counters-fixture.ts';
import { LiveTraffic } from './live-traffic.ts';

const detection = {
  errorShare: 25,
  minRequests: 5,
  penalty: duration('10s'),
  maxEjected: 50,
  slow: { factor: 3, atLeast: duration('200ms'), weight: 25 },
};
const configuration: Configuration = {
  ...estate,
  virtualServices: estate.virtualServices.map((service) => ({
    ...service,
    pool: {
      ...service.pool,
      outlierDetection: detection,
      retry: { ...service.pool.retry, attempts: 3, safeMethodsOn: ['503'] as const, budget: 20 },
    },
  })),
};
const ir = compiled([], configuration);
const pool = ir.backends.find(({ servers }) => servers.length >= 2) ?? ir.backends[0];
if (pool === undefined) throw new Error('the fixture has a pool');
const backend = pool.name;
const [first = '', ...others] = pool.servers.map(({ name }) => name);
const servers = pool.servers.map(
  ({ name, weight }): RuntimeServer => ({
    backend,
    name,
    address: '10.0.0.1:443',
    admin: 'ready',
    operational: 'up',
    since: 0,
    sessions: 0,
    weight,
  }),
);

function play(seconds: number, worst: Second, rest: Second) {
  const traffic = new LiveTraffic();
  traffic.follow({ configuration, ir });
  const counters = new CountersFixture();
  const seen = Array.from({ length: seconds }, () =>
    traffic.sample(
      counters.second(
        Object.fromEntries([[first, worst], ...others.map((name) => [name, rest] as const)]),
        backend,
      ),
      servers,
    ),
  );
  return { traffic, seen };
}

test('a server that fails its requests is spoken against, and nobody else', () => {
  const { traffic } = play(4, { requests: 50, answers5xx: 50 }, { requests: 50 });
  expect(traffic.opinions()).toMatchObject([{ backend, server: first, source: 'live-traffic' }]);
});

test('when all fail alike nobody is, but retries are forbidden and that is said', () => {
  const storm: Second = { requests: 100, retried: 50 };
  const { traffic, seen } = play(8, storm, storm);
  expect(traffic.opinions()).toEqual([]);
  expect(seen.at(-1)?.withoutRetries).toEqual([backend]);
  expect(seen.at(-1)?.conditions.get(backend)?.join()).toContain('sent again');
});

test('a smaller share is wished once, as a part of the declared weight', () => {
  const { seen } = play(30, { requests: 50, responseTime: 900 }, { requests: 50, responseTime: 50 });
  const declared = pool.servers.find(({ name }) => name === first)?.weight ?? 0;
  expect(seen.flatMap(({ weights }) => weights)).toEqual([
    { backend, server: first, weight: Math.round(declared / 4), reason: expect.stringContaining('ms') },
  ]);
});

test('without anything in service it needs nothing', () => {
  const traffic = new LiveTraffic();
  traffic.follow({ configuration, ir });
  expect(traffic.backends()).toContain(backend);
  traffic.follow(undefined);
  expect(traffic.backends()).toEqual([]);
});
