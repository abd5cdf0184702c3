import { describe, expect, test } from 'vitest';
import type { HaproxyIr } from '../ir/haproxy.ts';
import { Secret } from '../kernel/secret.ts';
import { backend, bind, certificate, drained, frontend, fullIr, ir, networks, server } from './ir-fixture.ts';
import { plan } from './make-plan.ts';
import { api1, between, live, only, steps } from './plan-fixture.ts';

describe('nothing in service, nothing to do', () => {
  test('what is not there is started, in one step', () => {
    const { impact, steps: all, operations } = plan(undefined, fullIr, {}, { dynamicCookie: true });
    expect([impact, all.length, operations]).toEqual(['start', 1, []]);
    expect(all[0]).toMatchObject({
      what: 'HAProxy is started with 2 frontends and 3 servers',
      effect: '10.0.0.10:443 and 10.0.0.10:80 are opened',
    });
  });

  test('the same again is no step, whatever line of the declaration it comes from', () => {
    const elsewhere = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(elsewhere);
      if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
      const fields = Object.entries(value).map(([field, inner]) => [field, elsewhere(inner)] as const);
      return { ...Object.fromEntries(fields), ...('origin' in value ? { origin: ['elsewhere'] } : {}) };
    };
    expect(between(fullIr, elsewhere(fullIr) as HaproxyIr)).toEqual({
      impact: 'none',
      steps: [],
      operations: [],
    });
  });

  test('a secret with the same content is the same', () => {
    const one = ir({ files: [certificate('a')] });
    expect(between(one, ir({ files: [certificate('a')] })).impact).toBe('none');
  });
});

describe('limits', () => {
  const limited = (...limits: number[]) =>
    ir({ frontends: limits.map((maxConnections, index) => frontend(`f${index}`, [], { maxConnections })) });

  test('more for the whole process is a reload', () => {
    const made = between(limited(100), limited(200));
    expect([made.impact, made.operations]).toEqual(['reload', []]);
  });

  test('less is not: first the frontends, then the process', () => {
    const made = between(limited(200), limited(100));
    expect(made.operations).toEqual([
      { kind: 'set-frontend-connections', frontend: 'f0', maxConnections: 100 },
      { kind: 'set-process-connections', maxConnections: 110 },
    ]);
  });

  test('a frontend gets more after the process has less', () => {
    const made = between(limited(100, 500), limited(200, 300));
    expect(made.operations.map((operation) => Object.values(operation))).toEqual([
      ['set-frontend-connections', 'f1', 300],
      ['set-process-connections', 510],
      ['set-frontend-connections', 'f0', 200],
    ]);
  });
});

describe('addresses', () => {
  const bound = (...binds: Parameters<typeof frontend>[1]) => ir({ frontends: [frontend('live', binds)] });

  test('one that is opened', () => {
    const step = only(between(bound(), bound(bind('10.0.0.10', 80))));
    expect(step).toMatchObject({ impact: 'rebind', what: 'live serves 10.0.0.10:80' });
    expect(step.effect).toBe(
      '10.0.0.10:80 is opened; new connections go to a new process at once; 12 connections of now finish on the old one, up to 5 min 30 s',
    );
  });

  test('one that is closed', () => {
    const step = only(between(bound(bind('::1', 80)), bound()));
    expect(step).toMatchObject({ impact: 'rebind', what: 'live no longer serves [::1]:80' });
    expect(step.effect).toMatch(/^\[::1\]:80 is closed: /);
  });

  test('one that becomes another under the same name', () => {
    const step = only(
      between(bound(bind('10.0.0.1', 80)), bound(bind('10.0.0.2', 80, { name: '10.0.0.1:80' }))),
    );
    expect(step).toMatchObject({ impact: 'rebind', what: 'live serves 10.0.0.2:80 instead of 10.0.0.1:80' });
    expect(step.effect).toMatch(/^10\.0\.0\.2:80 is opened; 10\.0\.0\.1:80 is closed/);
  });

  test.each([
    ['0.0.0.0', '10.0.0.1', true],
    ['10.0.0.1', '0.0.0.0', true],
    ['2001:db8::1', '::', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.1', '::', false],
  ])('%s to %s may refuse for a moment: %s', (from, to, refused) => {
    const { impact, steps: all } = between(bound(bind(from, 80)), bound(bind(to, 80)));
    expect(impact).toBe('rebind');
    for (const { effect } of all) expect(effect.includes('may be refused for a moment')).toBe(refused);
  });

  test('a new frontend with an address is a rebind, one without a reload', () => {
    const two = (binds: Parameters<typeof frontend>[1]) =>
      between(bound(), ir({ frontends: [frontend('live', []), frontend('new', binds)] }));
    expect(two([bind('10.0.0.1', 80)]).impact).toBe('rebind');
    expect(two([]).impact).toBe('reload');
  });

  test('an address that goes from one frontend to another is neither opened nor closed', () => {
    const made = between(
      ir({ frontends: [frontend('old', [bind('10.0.0.1', 80)])] }),
      ir({ frontends: [frontend('new', [bind('10.0.0.1', 80)])] }),
    );
    expect(steps(made)).toEqual(['reload: frontend new is added', 'reload: frontend old is removed']);
  });
});

test('the greatest impact comes first, and a pool that comes or goes is a reload', () => {
  const made = between(
    ir({ backends: [backend('live', [api1]), backend('old', [])] }),
    ir({
      frontends: [frontend('live', [bind('10.0.0.10', 80)])],
      backends: [backend('live', [server('api-1', { weight: 1 })])],
    }),
  );
  expect(made.impact).toBe('rebind');
  expect(made.steps.map(({ impact }) => impact)).toEqual(['rebind', 'reload', 'reload', 'runtime']);
  expect(steps(made)).toContain('reload: pool old with 0 servers is removed');
});

test('a reload says how many connections finish on the old process, and how long that may take', () => {
  const after = { ...live([api1]), global: { ...live([api1]).global, hardStopAfter: 60_000 } };
  expect(only(between(live([api1]), after))).toMatchObject({
    what: 'time limit for old processes of HAProxy: 5 min 30 s to 1 min',
    effect:
      'new connections go to a new process at once; 12 connections of now finish on the old one, up to 5 min 30 s',
  });
});

describe('lists of networks and names', () => {
  test('one that appears or vanishes is a reload', () => {
    const listed = ir({ files: [networks('live', '10.0.0.0/8')] });
    expect(between(ir(), listed).impact).toBe('reload');
    expect(between(listed, ir()).impact).toBe('reload');
  });

  test('one that changes is replaced as a whole', () => {
    const made = between(
      ir({ files: [networks('live', '10.0.0.0/8', '10.1.0.0/16'), drained('live')] }),
      ir({ files: [networks('live', '10.0.0.0/8', '10.2.0.0/16'), drained('live', 'api-1')] }),
    );
    expect(steps(made)).toEqual([
      'runtime: access list of live: 10.2.0.0/16 added, 10.1.0.0/16 removed',
      'runtime: list of drained servers of live: api-1 added',
    ]);
    expect(made.operations).toEqual([
      { kind: 'replace-list', file: 'networks/live.list', entries: ['10.0.0.0/8', '10.2.0.0/16'] },
      { kind: 'replace-list', file: 'drained/live.list', entries: ['api-1'] },
    ]);
  });
});
