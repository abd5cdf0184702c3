import { describe, expect, test } from 'vitest';
import type { BackendIr, ServerIr } from '../../ir/haproxy.ts';
import { irOf, server } from '../drift-fixture.ts';
import { windowFor } from './window-for.ts';

const slow: BackendIr['check'] = {
  kind: 'tcp',
  interval: 30_000,
  fastInterval: 500,
  downInterval: 1_000,
  fall: 2,
  rise: 10,
};
const servers = [server('api-1', 'ready'), server('api-2', 'ready')];
const before = irOf(servers, { check: slow });
/** 30 s and a tenth, 2 s for the check itself, 1 s of reserve. */
const long = 36_000;

describe('long enough to check', () => {
  test.each<[string, readonly ServerIr[], Partial<BackendIr>]>([
    ['a new server', [...servers, server('api-3', 'ready')], {}],
    ['a server at another address', [server('api-1', 'ready', { address: '192.0.2.7' })], {}],
    ['a server at another port', [server('api-1', 'ready', { port: 80 })], {}],
    [
      'another status',
      servers,
      { check: { ...slow, kind: 'http', request: { method: 'GET', path: '/', expectStatus: [200] } } },
    ],
    ['another port', servers, { check: { ...slow, port: 9 } }],
    ['the same over TLS', servers, { tls: { verify: 'none' } }],
  ])('%s', (_, after, change) => {
    expect(windowFor(before, irOf(after, { check: slow, ...change }), 10_000)).toBe(long);
  });

  test('everything when nothing ran before', () => {
    expect(windowFor(undefined, before, 10_000)).toBe(long);
  });

  test('the longest of several, and of the two rhythms', () => {
    const check = { ...slow, interval: 1_000, fastInterval: 40_000 };
    expect(windowFor(undefined, irOf(servers, { check }), 10_000)).toBe(47_000);
    const [quick] = irOf(servers).backends;
    if (quick === undefined) throw new Error('no backend');
    const both = { ...before, backends: [...before.backends, { ...quick, name: 'other.servers' }] };
    expect(windowFor(before, both, 5_000)).toBe(5_200);
    expect(windowFor(undefined, both, 5_000)).toBe(long);
  });

  test('a connection that nobody answers takes until the time-out, or the next check', () => {
    const timeouts = {
      connect: 20_000,
      server: 1_000,
      queue: 1_000,
      tunnel: 1_000,
      check: 2_000,
      body: 60_000,
    };
    expect(windowFor(undefined, irOf(servers, { check: slow, timeouts }), 10_000)).toBe(54_000);
    const check = { ...slow, interval: 10_000 };
    expect(windowFor(undefined, irOf(servers, { check, timeouts }), 10_000)).toBe(22_000);
  });
});

describe('as asked', () => {
  test('when no server has to be checked anew', () => {
    expect(windowFor(before, before, 10_000)).toBe(10_000);
    const drained = irOf([server('api-1', 'drain')], { check: slow, balance: 'roundrobin' });
    expect(windowFor(before, drained, 10_000)).toBe(10_000);
  });

  test('when it is longer', () => {
    expect(windowFor(undefined, before, 300_000)).toBe(300_000);
  });

  test('when it is not wanted', () => {
    expect(windowFor(undefined, before, 0)).toBe(0);
  });
});
