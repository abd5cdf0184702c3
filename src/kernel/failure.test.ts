import { expect, test } from 'vitest';
import { Bug, unreachable } from './bug.ts';
import { Failure } from './failure.ts';
import { Secret } from './secret.ts';

test('a failure knows what, how to mend, why and whose turn it is', () => {
  const cause = new Error('why');
  const failure = new Failure('haproxy-missing', 'HAProxy is not installed', 'install it', { cause });
  expect(failure).toMatchObject({ name: 'Failure', message: 'HAProxy is not installed', mend: 'install it' });
  expect(failure.cause).toBe(cause);
  expect(failure.responsibility).toBe('environment');
  expect(new Failure('check-failed', 'x', 'y').responsibility).toBe('dataplane');
});

test('a union that was not handled is a bug, told without secrets', () => {
  const forgotten = { kind: 'new', key: new Secret('Kinder-Garten-71') } as never;
  expect(() => unreachable(forgotten, 'kind')).toThrow(Bug);
  expect(() => unreachable(forgotten, 'kind')).toThrow('unhandled kind: {"kind":"new","key":"[secret]"}');
});
