import { describe, expect, test } from 'vitest';
import type { BgpSessionIr, BirdIr } from '../ir/bird.ts';
import { birdFields, sessionFields } from './bird-classes.ts';
import { bind, frontend, ir } from './ir-fixture.ts';
import { plan } from './make-plan.ts';
import type { Plan } from './plan.ts';
import type { AnnouncementChange } from './plan-bird.ts';

// Guards: no difference of what BIRD is told is missing in the plan.

/** Has every field. */
const core: BgpSessionIr = {
  name: 'core',
  origin: ['ha', 'announce', 'routers', 'core'],
  router: '10.20.0.1',
  routerAs: 65_001,
  source: '10.20.0.2',
};
const full: BirdIr = {
  routerId: '10.20.0.2',
  localAs: 65_010,
  ipv4: ['10.20.0.10'],
  ipv6: ['2001:db8::10'],
  sessions: [core],
  bfdInterval: 200,
  interface: 'front',
  healthFile: '/run/bird-health',
  withdrawalFile: '/run/bird-withdrawal',
};
const running = ir({ frontends: [frontend('live', [bind('10.20.0.10', 80)])] });

function planOf({ before, after }: AnnouncementChange): Plan {
  const node = (bird: BirdIr | undefined) => (bird === undefined ? {} : { bird });
  const change = { before: node(before), after: node(after) };
  return plan(running, running, {}, { dynamicCookie: true }, change);
}

function other(value: unknown): unknown {
  if (Array.isArray(value)) return [...value, '10.20.0.99'];
  return typeof value === 'number' ? value + 1 : `${String(value)}9`;
}

const feltOf = (fields: object) =>
  Object.entries(fields as Record<string, { readonly impact?: string }>).flatMap(([field, { impact }]) =>
    impact === 'runtime' ? [field] : [],
  );

describe('every field that BIRD feels', () => {
  const { bfdInterval: _bfd, ...withoutBfd } = full;
  const { source: _source, ...withoutSource } = core;
  const changes: [string, BirdIr][] = [
    ...feltOf(birdFields).map((field): [string, BirdIr] => [
      field,
      { ...full, [field]: other(full[field as keyof BirdIr]) },
    ]),
    ...feltOf(sessionFields).map((field): [string, BirdIr] => [
      `session ${field}`,
      { ...full, sessions: [{ ...core, [field]: other(core[field as keyof BgpSessionIr]) }] },
    ]),
    ['bfdInterval, taken away', withoutBfd],
    ['session source, taken away', { ...full, sessions: [withoutSource] }],
  ];

  test('is in the full form', () => {
    expect(changes).toHaveLength(13);
    expect(Object.keys(core).sort()).toEqual(Object.keys(sessionFields).sort());
    expect(Object.keys(full).sort()).toEqual(Object.keys(birdFields).sort());
  });

  test.each(changes)('%s', (_field, after) => {
    for (const change of [
      { before: full, after },
      { before: after, after: full },
    ]) {
      const { impact, steps, operations } = planOf(change);
      expect([impact, steps.length, operations]).toEqual(['runtime', 1, []]);
    }
  });
});

test('to begin, to end, and another router', () => {
  const whats = (change: AnnouncementChange) => planOf(change).steps.map(({ what }) => what);
  const told = '10.20.0.10 and 2001:db8::10';
  expect(whats({ after: full })).toEqual([`this node announces ${told} to the router core (10.20.0.1)`]);
  expect(whats({ before: full })).toEqual([
    `this node no longer announces ${told} to the router core (10.20.0.1)`,
  ]);
  const more = { ...full, sessions: [core, { ...core, name: 'spare', router: '10.20.0.9' }] };
  expect(whats({ before: full, after: more })).toEqual([
    `this node announces ${told} to the router spare (10.20.0.9)`,
  ]);
  expect(planOf({ before: full, after: full })).toEqual({ impact: 'none', steps: [], operations: [] });
});

test('what the routers do meanwhile', () => {
  const effects = (after: BirdIr) => planOf({ before: full, after }).steps.map(({ effect }) => effect);
  expect(effects({ ...full, sessions: [{ ...core, routerAs: 65_002 }] })).toEqual([
    'the session is made anew; until then the router sends this node nothing, and its clients elsewhere',
  ]);
  expect(effects({ ...full, localAs: 65_011 })).toEqual([
    'all sessions of this node are made anew; until then it gets no clients, and those it has go elsewhere',
  ]);
  expect(effects({ ...full, ipv4: ['10.20.0.10', '10.20.0.11'] })).toEqual([
    'routers learn of those that come and go; addresses that stay are not withdrawn',
  ]);
});
