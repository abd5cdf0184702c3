import { describe, expect, test } from 'vitest';
import type { HaproxyIr, PersistenceIr, ServerIr } from '../ir/haproxy.ts';
import { certificatePem } from '../ir/pem.ts';
import { Secret } from '../kernel/secret.ts';
import type { RuntimeState } from '../model/runtime-state.ts';
import {
  backend,
  bind,
  certificate,
  certificateList,
  drained,
  frontend,
  fullIr,
  ir,
  networks,
  pemBlock,
  server,
  tlsBind,
} from './ir-fixture.ts';
import { plan } from './make-plan.ts';
import type { Plan, Step } from './plan.ts';

const abilities = { dynamicCookie: true };

function between(before: HaproxyIr, after: HaproxyIr, dynamicCookie = true): Plan {
  return plan(before, after, { state: state() }, { dynamicCookie });
}

/** One service that has everything of its own. */
function live(servers: readonly ServerIr[], persistence: PersistenceIr = { kind: 'none' }): HaproxyIr {
  return ir({
    frontends: [frontend('live', [bind('10.0.0.10', 80)])],
    backends: [backend('live', servers, { persistence })],
  });
}

function state(): RuntimeState {
  const process = {
    masterPid: 1,
    workerPid: 2,
    leavingWorkers: [],
    version: '3.0.11',
    uptime: 1,
    reloads: 0,
  };
  const served = { status: 'open', requests: 0 } as const;
  const place = { backend: 'live.servers', address: '10.0.1.1:443', since: 0, weight: 100 } as const;
  const working = { admin: 'ready', operational: 'up' } as const;
  return {
    at: 0,
    process,
    frontends: [
      { name: 'live', sessions: 12, ...served },
      { name: 'live.redirect', sessions: 2, ...served },
      { name: 'aorta.identity', sessions: 1, ...served },
    ],
    servers: [
      { ...place, ...working, name: 'api-1', sessions: 2 },
      { ...place, ...working, name: 'api-2', sessions: 0 },
    ],
  };
}

function steps({ steps: all }: Plan): string[] {
  return all.map(({ impact, what }) => `${impact}: ${what}`);
}

function kinds({ operations }: Plan): string[] {
  return operations.map(({ kind }) => kind);
}

function only({ steps: all }: Plan): Step {
  const [step, ...rest] = all;
  if (step === undefined || rest.length > 0) throw new TypeError(`${all.length} steps`);
  return step;
}

const cookie = { kind: 'cookie', name: 'C', idle: 1, life: 1, secure: true } as const;
const [api1, api2] = [server('api-1'), server('api-2')];

describe('nothing in service, nothing to do', () => {
  test('what is not there is started, in one step', () => {
    const { impact, steps: all, operations } = plan(undefined, fullIr, {}, abilities);
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
    const made = plan(before, live([server('api-1', { admin: 'drain' }), api2]), {}, abilities);
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

describe('certificates', () => {
  /** Lists by name, with all certificates that are on one; x1 is the second version of x. */
  function listed(lists: Readonly<Record<string, string>>, versions: Readonly<Record<string, number>> = {}) {
    const names = new Set(Object.values(lists).flatMap((list) => [...list]));
    const files = [...names].map((name) => certificate(name, versions[name]));
    return ir({
      frontends: [frontend('live', [tlsBind('10.0.0.10', 443, 'crt-lists/one.list')])],
      files: [...files, ...Object.entries(lists).map(([name, list]) => certificateList(name, ...list))],
    });
  }

  test.each([
    ['the first changes', 'ab', 'ba', 'reload'],
    ['the first goes', 'ab', 'b', 'reload'],
    ['two change places', 'abc', 'acb', 'reload'],
    ['one comes in the middle', 'ab', 'acb', 'reload'],
    ['one comes twice', 'a', 'abb', 'reload'],
    ['one comes at the end', 'a', 'ab', 'runtime'],
    ['one goes from the middle', 'abc', 'ac', 'runtime'],
    ['one goes, one comes at the end', 'ab', 'ac', 'runtime'],
    ['one comes to an empty list', '', 'a', 'reload'],
    ['the last one goes', 'a', '', 'reload'],
  ] as const)('%s: %s to %s is a %s', (_, from, to, impact) => {
    expect(between(listed({ one: from }), listed({ one: to })).impact).toBe(impact);
  });

  test('one that is in use elsewhere cannot come or go at runtime', () => {
    const [few, many] = [listed({ one: 'a', two: 'ab' }), listed({ one: 'ab', two: 'ab' })];
    expect(between(few, many).impact).toBe('reload');
    expect(between(many, few).impact).toBe('reload');
  });

  test('a list that appears or vanishes is a reload', () => {
    expect(between(listed({ one: 'a' }), listed({ one: 'a', two: 'a' })).impact).toBe('reload');
    expect(between(listed({ one: 'a', two: 'a' }), listed({ one: 'a' })).impact).toBe('reload');
  });

  test('two that come to lists in different orders are a reload', () => {
    const from = listed({ one: 'a', two: 'a' });
    expect(between(from, listed({ one: 'abc', two: 'acb' })).impact).toBe('reload');
    expect(between(from, listed({ one: 'abc', two: 'abc' })).impact).toBe('runtime');
  });

  test('all at once: added before replaced, removed at last, with their lists', () => {
    const after = listed({ one: 'ac', two: 'ac' }, { a: 2 });
    const made = between(listed({ one: 'ab', two: 'ab' }), after);
    expect(kinds(made)).toEqual(['add-certificate', 'replace-certificate', 'remove-certificate']);
    const lists = ['crt-lists/one.list', 'crt-lists/two.list'];
    expect(made.operations[0]).toMatchObject({ file: 'certs/c.pem', lists });
    expect(made.operations[2]).toEqual({ kind: 'remove-certificate', file: 'certs/b.pem', lists });
    expect(steps(made)).toEqual([
      'runtime: certificate a is replaced',
      'runtime: certificate c is added at 10.0.0.10:443 and two',
      'runtime: certificate b is removed from 10.0.0.10:443 and two',
    ]);
  });

  test('the content is that of the file, and is never shown', () => {
    const [old, now] = [certificate('a'), certificate('a', 2)];
    for (const after of [
      { ...old, key: now.key },
      { ...old, chain: now.chain },
    ]) {
      const made = between(ir({ files: [old] }), ir({ files: [after] }));
      const [operation] = made.operations;
      if (operation?.kind !== 'replace-certificate') throw new TypeError(operation?.kind);
      expect(operation.content.reveal()).toBe(certificatePem(after).reveal());
      expect(JSON.stringify(made)).not.toMatch(/BEGIN|PRIVATE/);
      expect(only(made).what).toBe('certificate a is replaced');
    }
  });

  test('authorities are a reload', () => {
    const authority = (text: string) =>
      ir({
        files: [
          { kind: 'authority', path: 'ca/a.pem', origin: [], certificates: [pemBlock('CERTIFICATE', text)] },
        ],
      });
    const made = between(authority('one'), authority('two'));
    expect(steps(made)).toEqual(['reload: certificates of authority a are replaced']);
  });
});
