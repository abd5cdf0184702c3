import { expect, test } from 'vitest';
import { estate } from '../compile/estate-fixture.ts';
import { Secret } from '../kernel/secret.ts';
import type { Configuration, ConfiguredDeepCheck } from '../model/configuration.ts';
import { DeepCheck } from '../model/deep-check.ts';
import type { Name } from '../model/name.ts';
import { deepCheckSteps } from './deep-check-steps.ts';

// Guards: a change that HAProxy knows nothing of is called no change; a plan that shows a secret.

function order(secret: string, more: object = {}): ConfiguredDeepCheck {
  const check = DeepCheck.parse({
    type: 'transaction',
    tokenPath: '/t',
    clientId: 'a',
    clientSecret: { file: 'f' },
    path: '/order',
    ...more,
  });
  if (check.type !== 'transaction') throw new Error('it is one');
  const { clientSecret: _, ...rest } = check;
  return { name: 'order' as Name, path: [], check: { ...rest, secret: new Secret(secret) } };
}

function withChecks(...deepChecks: readonly ConfiguredDeepCheck[]): Configuration {
  const [first, ...others] = estate.virtualServices;
  if (first === undefined) throw new Error('there are services');
  return { ...estate, virtualServices: [{ ...first, pool: { ...first.pool, deepChecks } }, ...others] };
}

const said = (before: Configuration, after: Configuration) => {
  const steps = deepCheckSteps(before, after);
  expect(JSON.stringify(steps)).not.toContain('synthetic');
  expect(steps.every(({ impact }) => impact === 'none')).toBe(true);
  return steps.map(({ what }) => what);
};

test('what is added, removed or changed, by the names of its fields', () => {
  const [one, other] = [
    withChecks(order('synthetic-a')),
    withChecks(order('synthetic-b', { scope: 'x', fall: 5 })),
  ];
  expect(said(estate, one)).toEqual(['deep check order of live-apis is added']);
  expect(said(one, estate)).toEqual(['deep check order of live-apis is removed']);
  expect(said(one, other)).toEqual([
    expect.stringMatching(
      /^deep check order of live-apis changes: fall, (?:scope|secret) and (?:scope|secret)$/,
    ),
  ]);
});

test('the same again is nothing', () => {
  expect(said(withChecks(order('synthetic-a')), withChecks(order('synthetic-a')))).toEqual([]);
  expect(said(estate, estate)).toEqual([]);
});
