import { expect, test } from 'vitest';
import {
  compiled,
  drain,
  estate,
  host,
  intent,
  maintenance,
  running,
  server,
  weight,
} from '../compile/estate-fixture.ts';
import type { HealthReport } from '../model/health.ts';
import type { Intent } from '../model/intent.ts';
import type { Name } from '../model/name.ts';
import type { OperationalState } from '../model/runtime-state.ts';
import { observe } from './observe.ts';

function statusWith(intents: readonly Intent[], health: Readonly<Record<string, OperationalState>> = {}) {
  const ir = compiled(intents);
  const status = observe({
    at: 6_000,
    configuration: estate,
    ir,
    state: running(ir, health),
    causes: new Map(),
    intents,
    drift: [],
  });
  const [service] = status.services;
  if (service === undefined) throw new Error('no service');
  return service;
}

test('a drained server shows its health, who drained it and why', () => {
  const mine = intent(1, drain, host('api-1'));
  const { servers, conditions, state } = statusWith([mine], { 'live-apis/api-1': 'down' });
  expect(servers[0]).toMatchObject({
    name: 'api-1',
    state: 'drain',
    health: 'down',
    weight: 0,
    intents: [mine],
  });
  expect(servers[1]).toMatchObject({ name: 'api-2', state: 'up', health: 'up', intents: [] });
  expect(conditions).toEqual([
    'api-1 is drained (m.jones: patching): it ends its connections and gets no new ones.',
  ]);
  expect(state).toBe('healthy');
});

test('a server that is wanted drained and still takes requests is not shown as drained', () => {
  const ir = compiled([intent(1, drain, host('api-1'))]);
  const state = running(compiled());
  const status = observe({
    at: 0,
    configuration: estate,
    ir,
    state,
    causes: new Map(),
    intents: [],
    drift: [],
  });
  expect(status.services[0]?.servers[0]).toMatchObject({ state: 'up', weight: 100 });
});

test('a weight of 0 is no drain, and maintenance is shown with its reason', () => {
  const { servers, conditions } = statusWith([
    intent(1, weight(0), host('api-1')),
    intent(2, maintenance, server('spare'), { reason: 'disk swap' }),
  ]);
  expect(servers[0]).toMatchObject({ state: 'up', weight: 0 });
  expect(conditions).toContain('spare is in maintenance (m.jones: disk swap).');
});

test('the time within which a check begins and ends covers one that is under way, and the spread', () => {
  // 2 s between checks and a tenth of it; one that began before, and the next, of 1 s connecting and 2 s waiting each.
  expect(statusWith([]).servers[0]?.checkedWithin).toBe(2_200 + 2 * 3_000);
});

test('a failing rung is shown with its reason, and what is done about it; a passing one is not', () => {
  const ir = compiled();
  const since = Date.UTC(2026, 10, 22, 12, 3);
  const smart = 'smart-configuration' as Name;
  const health: HealthReport = {
    servers: [
      {
        backend: 'live-apis.servers',
        server: 'api-1',
        rungs: [
          { name: 'capability' as Name, state: 'passing', since, at: since },
          { name: smart, state: 'failing', since, detail: '/token_endpoint is missing', at: since },
        ],
        advice: { health: 'down', because: 'the deep check smart-configuration fails', since },
      },
    ],
    pools: [{ backend: 'live-apis.servers', conditions: ['All servers fail the same check.'] }],
  };
  const see = (at: number) =>
    observe({
      at,
      configuration: estate,
      ir,
      state: running(ir),
      causes: new Map(),
      intents: [],
      drift: [],
      health,
    }).services;
  const [apis, apps] = see(since + 60_000);
  expect(apis?.conditions).toEqual([
    'api-1: deep check smart-configuration fails since 12:03 UTC: /token_endpoint is missing.',
    'api-1 is held down since 12:03 UTC, whatever its own checks say: the deep check smart-configuration fails.',
    'All servers fail the same check.',
  ]);
  expect(apis?.servers[0]).toMatchObject({ rungs: health.servers[0]?.rungs, advice: { health: 'down' } });
  expect(apis?.servers[1]?.rungs).toEqual([]);
  // Another service, although the same machine.
  expect(apps?.conditions).toEqual([]);
  expect(see(since + 86_400_000)[0]?.conditions[0]).toContain('since 2026-11-22 12:03 UTC');
});
