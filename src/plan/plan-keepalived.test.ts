import { describe, expect, test } from 'vitest';
import type { KeepalivedIr, VrrpInstanceIr } from '../ir/keepalived.ts';
import { bind, frontend, ir } from './ir-fixture.ts';
import { instanceFields, keepalivedFields } from './keepalived-classes.ts';
import { plan } from './make-plan.ts';
import type { Plan } from './plan.ts';
import type { PairChange } from './plan-keepalived.ts';

/** Has every field. */
const main: VrrpInstanceIr = {
  name: 'main',
  origin: ['ha', 'groups', 'main'],
  virtualRouterId: 51,
  interface: 'front',
  serverInterface: 'back',
  groupFile: '/run/group-main',
  priority: 254,
  preempt: false,
  advertInterval: 200,
  source: '10.20.0.2',
  peers: ['10.20.0.3'],
  anchor: '10.20.0.10',
  excluded: ['10.20.0.11'],
};
const full: KeepalivedIr = {
  routerId: 'lb-a',
  instances: [main],
  healthFile: '/run/health',
  trackedProcess: 'haproxy',
  gateway: '10.20.0.1',
};

const running = ir({ frontends: [frontend('live', [bind('10.20.0.10', 80)])] });

function planOf(pair: PairChange, desired = running, current: typeof running | undefined = running): Plan {
  return plan(
    current,
    desired,
    {},
    { dynamicCookie: true },
    {
      before: pair.before && { keepalived: pair.before },
      after: pair.after && { keepalived: pair.after },
    },
  );
}

function other(value: unknown): unknown {
  if (Array.isArray(value)) return [...value, '10.20.0.99'];
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : `${String(value)}9`;
}

function without<T extends object>(thing: T, field: string): T {
  return Object.fromEntries(Object.entries(thing).filter(([key]) => key !== field)) as T;
}

const feltOf = (fields: object) =>
  Object.entries(fields as Record<string, { readonly impact?: string }>).flatMap(([field, { impact }]) =>
    impact === 'runtime' ? [field] : [],
  );

describe('every field that keepalived feels', () => {
  const changes: [string, KeepalivedIr][] = [
    ...feltOf(keepalivedFields).map((field): [string, KeepalivedIr] => [
      field,
      { ...full, [field]: other(full[field as keyof KeepalivedIr]) },
    ]),
    ...feltOf(instanceFields).map((field): [string, KeepalivedIr] => [
      `instance ${field}`,
      { ...full, instances: [{ ...main, [field]: other(main[field as keyof VrrpInstanceIr]) }] },
    ]),
    ['instance serverInterface, taken away', { ...full, instances: [without(main, 'serverInterface')] }],
    ['gateway, taken away', without(full, 'gateway')],
    ['trackedProcess, taken away', without(full, 'trackedProcess')],
  ];

  test('is in the full form', () => {
    expect(changes).toHaveLength(18);
    expect(Object.keys(main).sort()).toEqual(Object.keys(instanceFields).sort());
    expect(Object.keys(full).sort()).toEqual(Object.keys(keepalivedFields).sort());
  });

  test.each(changes)('%s', (_field, after) => {
    for (const pair of [
      { before: full, after },
      { before: after, after: full },
    ]) {
      const { impact, steps, operations } = planOf(pair);
      expect({ impact, operations, count: steps.length }).toEqual({
        impact: 'runtime',
        operations: [],
        count: 1,
      });
      for (const { what, why, effect } of steps)
        expect(`${what} ${why} ${effect}`).not.toMatch(/undefined|\[object|null/);
    }
  });
});

test('no change, no step; an origin makes none', () => {
  expect(planOf({ before: full, after: full }).steps).toEqual([]);
  const moved = { ...full, instances: [{ ...main, origin: ['ha'] }] };
  expect(planOf({ before: full, after: moved })).toEqual({ impact: 'none', steps: [], operations: [] });
  expect(planOf({}).steps).toEqual([]);
});

test('a pair that begins and one that ends', () => {
  expect(planOf({ after: full }).steps).toEqual([
    {
      impact: 'runtime',
      path: ['ha', 'groups', 'main'],
      what: 'this node takes part in the address group main: 10.20.0.10 and 10.20.0.11',
      why: 'keepalived is started',
      effect: 'one of the nodes takes the addresses',
    },
  ]);
  expect(planOf({ before: full }).steps).toMatchObject([
    {
      what: 'this node no longer takes part in the address group main: 10.20.0.10 and 10.20.0.11',
      why: 'keepalived is ended',
    },
  ]);
});

test('a group that comes and one that goes', () => {
  const apps = { ...main, name: 'apps', anchor: '10.20.0.12', excluded: [], virtualRouterId: 52 };
  const { steps } = planOf({ before: full, after: { ...full, instances: [apps] } });
  expect(steps.map(({ what }) => what)).toEqual([
    'this node takes part in the address group apps: 10.20.0.12',
    'this node no longer takes part in the address group main: 10.20.0.10 and 10.20.0.11',
  ]);
});

test('an address that is listened on and moves with a group is one change', () => {
  const wider = ir({
    frontends: [frontend('live', [bind('10.20.0.10', 80), bind('10.20.0.12', 80)])],
  });
  const after = { ...full, instances: [{ ...main, excluded: ['10.20.0.11', '10.20.0.12'] }] };
  const { impact, steps } = planOf({ before: full, after }, wider);
  expect(impact).toBe('rebind');
  expect(steps.map((step) => `${step.impact}: ${step.what}`)).toContain(
    'runtime: further addresses of address group main: 10.20.0.12 added',
  );
});

test('where nothing is in service everything is a start', () => {
  const { impact, steps } = plan(
    undefined,
    running,
    {},
    { dynamicCookie: true },
    { after: { keepalived: full } },
  );
  expect(impact).toBe('start');
  expect(steps.map((step) => step.impact)).toEqual(['start', 'runtime']);
});
