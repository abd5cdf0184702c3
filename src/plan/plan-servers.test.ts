import { describe, expect, test } from 'vitest';
import type { ServerIr } from '../ir/haproxy.ts';
import { backend, drained, ir, server } from './ir-fixture.ts';
import { plan } from './make-plan.ts';
import { api1, api2, between, live, only, steps } from './plan-fixture.ts';

const cookie = {
  kind: 'cookie',
  drainedList: 'drained/b.list',
  name: 'C',
  idle: 1,
  life: 1,
  secure: true,
} as const;

describe('servers', () => {
  const before = live([api1, api2]);

  test('one that another field makes a reload gets no operation', () => {
    const after = ir({
      ...live([server('api-1', { weight: 50 }), api2]),
      backends: [backend('live', [server('api-1', { weight: 50 }), api2], { balance: 'roundrobin' })],
    });
    const made = between(before, after);
    expect(made.impact).toBe('reload');
    expect(made.operations).toEqual([]);
    expect(steps(made)).toEqual([
      'reload: balancing of live: leastconn to roundrobin',
      'runtime: weight of api-1 in live: 100 to 50',
    ]);
  });

  test('the first of a pool needs a reload', () => {
    const made = between(live([]), live([api1]));
    expect([made.impact, made.operations]).toEqual(['reload', []]);
  });

  test('one with a cookie needs a HAProxy that takes it at runtime', () => {
    const [from, to] = [live([api1], cookie), live([api1, api2], cookie)];
    expect(between(from, to, false).impact).toBe('reload');
    expect(between(from, to, true).impact).toBe('runtime');
    expect(between(from, live([api1, api2], cookie), false).steps[0]?.why).toMatch(/cookie/);
    // To take one out needs no cookie.
    expect(between(to, from, false).impact).toBe('runtime');
  });

  test('state and weight are one operation, and two things to say', () => {
    const made = between(before, live([server('api-1', { admin: 'drain', weight: 50 }), api2]));
    expect(made.operations).toEqual([
      { kind: 'set-server-admin', backend: 'live.servers', server: 'api-1', admin: 'drain', weight: 50 },
    ]);
    expect(steps(made)).toEqual([
      'runtime: weight of api-1 in live: 100 to 50',
      'runtime: api-1 in live is drained',
    ]);
  });

  // Guards: a plan without a reload for a change that the runtime commands refuse to make.
  test('the address of the only server that takes requests needs a reload', () => {
    const moved = server('api-1', { address: '10.0.1.9' });
    const spared = server('api-2', { admin: 'drain' });
    expect(only(between(live([api1]), live([moved])))).toMatchObject({
      impact: 'reload',
      why: 'no other server of the pool could take its requests while its address changes',
    });
    expect(between(live([api1, spared]), live([moved, spared])).impact).toBe('reload');
    expect(between(live([api1]), live([moved, api2])).impact).toBe('reload');
    expect(between(live([api1, api2]), live([moved])).impact).toBe('reload');
    expect(between(live([api1, api2]), live([moved, api2])).impact).toBe('runtime');
    const out = [api1, moved].map((one) => live([{ ...one, admin: 'maintenance' as const }]));
    expect(out.map((after) => between(out[0] ?? after, after).impact)).toEqual(['none', 'runtime']);
  });

  test('address and port are one operation and one thing to say', () => {
    const made = between(before, live([server('api-1', { address: '2001:db8::1', port: 8443 }), api2]));
    expect(only(made).what).toBe('address of api-1 in live: 10.0.1.1:443 to [2001:db8::1]:8443');
    expect(made.operations).toEqual([
      {
        kind: 'set-server-address',
        backend: 'live.servers',
        server: 'api-1',
        address: '2001:db8::1',
        port: 8443,
      },
    ]);
  });

  test.each([
    [undefined, 50, 'none to 50'],
    [50, 20, '50 to 20'],
    [50, undefined, '50 to none'],
  ])('limit %s to %s', (from, to, words) => {
    const limited = (limit: number | undefined) =>
      live([server('api-1', limit === undefined ? {} : { maxConnections: limit }), api2]);
    const made = between(limited(from), limited(to));
    expect(only(made).what).toBe(`connection limit of api-1 in live: ${words}`);
    expect(made.operations).toStrictEqual([
      {
        kind: 'set-server-connections',
        backend: 'live.servers',
        server: 'api-1',
        ...(to === undefined ? {} : { maxConnections: to }),
      },
    ]);
  });

  test('one that is added brings its pool, so that what it inherits is known', () => {
    const after = live([api1, api2, server('api-3', { admin: 'maintenance' })]);
    const made = between(before, after);
    expect(made.operations).toEqual([
      { kind: 'add-server', backend: after.backends[0], server: after.backends[0]?.servers[2] },
    ]);
    expect(only(made).effect).toBe('it is in maintenance and gets no request');
  });

  test.each([
    ['drain', 'api-1', '2 requests to api-1 under way go on; new ones go elsewhere'],
    ['drain', 'api-2', 'no request to api-2 is under way; new ones go elsewhere'],
    [
      'maintenance',
      'api-1',
      '2 requests to api-1 under way go on; new ones go elsewhere; it is no longer checked',
    ],
  ] as const)('%s of %s: %s', (admin, name, effect) => {
    const made = between(
      before,
      live([api1, api2].map((one) => (one.name === name ? { ...one, admin } : one))),
    );
    expect(only(made).effect).toBe(effect);
  });

  test('the last one that goes is told as what it is', () => {
    const made = between(live([api1]), live([server('api-1', { admin: 'drain' })]));
    expect(only(made).effect).toBe(
      '2 requests to api-1 under way go on; new ones are answered with 503, because no server is left',
    );
  });

  test('without an observed state effects are told without numbers', () => {
    const made = plan(before, live([server('api-1', { admin: 'drain' }), api2]), {}, { dynamicCookie: true });
    expect(only(made).effect).toBe('requests to api-1 under way go on; new ones go elsewhere');
  });

  test('those that come in come before those that go out, lists of drained ones in between', () => {
    const file = (...names: string[]) => ({ files: [drained('live', ...names)] });
    const admin = (name: string, to: ServerIr['admin']) => server(name, { admin: to });
    const made = between(
      {
        ...live([admin('a', 'ready'), admin('b', 'drain'), admin('c', 'drain'), admin('d', 'ready')]),
        ...file('b', 'c'),
      },
      {
        ...live([admin('a', 'drain'), admin('b', 'ready'), admin('e', 'drain'), admin('f', 'ready')]),
        ...file('a', 'e'),
      },
    );
    expect(
      made.operations.map((operation) => {
        if (operation.kind === 'add-server') return `add ${operation.server.name}`;
        if (operation.kind === 'remove-server') return `remove ${operation.server}`;
        if (operation.kind === 'set-server-admin') return `${operation.admin} ${operation.server}`;
        return operation.kind;
      }),
    ).toEqual(['add f', 'remove c', 'ready b', 'replace-list', 'add e', 'drain a', 'remove d']);
  });
});
