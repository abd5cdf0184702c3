import { describe, expect, test } from 'vitest';
import type { RuntimeServer } from '../model/runtime-state.ts';
import { type DriftObservation, findDrift } from './drift.ts';
import { correction, type DriftFinding } from './drift-finding.ts';
import {
  asDesired,
  desired,
  inner,
  irOf,
  observed,
  running,
  runningServer,
  server,
} from './drift-fixture.ts';
import { hasLeftovers } from './drift-servers.ts';

const place = (name: string) => ({ backend: 'live.servers', server: name });

/** The running servers, one of them changed. */
function withServer(name: string, change: Partial<RuntimeServer>): DriftObservation {
  return observed({
    servers: asDesired.servers.map((one) => (one.name === name ? { ...one, ...change } : one)),
  });
}

function only(observation: DriftObservation): DriftFinding {
  const findings = findDrift(observation);
  expect(findings).toHaveLength(1);
  const [finding] = findings;
  if (finding === undefined) throw new Error('nothing was found');
  return finding;
}

describe('the process', () => {
  const other = 'another configuration';
  test.each<[string, Partial<DriftObservation>, string]>([
    [
      'is gone',
      { runningDigest: undefined, state: undefined },
      'HAProxy does not run; it should carry the traffic',
    ],
    ['is mute', { state: undefined }, 'HAProxy does not answer on its runtime socket; it should'],
    [
      'does not say what it runs',
      { runningDigest: undefined },
      'HAProxy does not say which configuration it runs; it should run the one in service',
    ],
    [
      'runs another generation',
      { runningDigest: 'd0' },
      `HAProxy runs ${other} (d0); it should run the one in service (d1)`,
    ],
    [
      'runs although nothing was applied',
      { expectedDigest: undefined },
      'HAProxy runs; nothing was applied that it should run',
    ],
  ])('%s', (_, observation, what) => {
    expect(only(observed(observation))).toEqual({
      key: 'process',
      kind: 'process',
      what,
      correction: 'reload',
    });
  });

  test('is all there is to say, for the rest follows from it; but the files are said too', () => {
    const found = findDrift(
      observed({ runningDigest: 'd0', servers: [], loaded: undefined, tampered: ['haproxy.cfg'] }),
    );
    expect(found.map(({ kind }) => kind)).toEqual(['process', 'files']);
  });

  test('does not run and need not', () => {
    const nothing = {
      expectedDigest: undefined,
      runningDigest: undefined,
      state: undefined,
      loaded: undefined,
    };
    expect(findDrift(observed(nothing))).toEqual([]);
  });
});

describe('files', () => {
  test.each([
    [
      ['haproxy.cfg'],
      'haproxy.cfg was edited or removed on disk; the generation in service should be as it was written',
    ],
    [
      ['a', 'b', 'c', 'd', 'e'],
      'a, b, c and 2 more were edited or removed on disk; the generation in service should be as it was written',
    ],
  ])('%o', (tampered, what) => {
    expect(only(observed({ tampered }))).toEqual({ key: 'files', kind: 'files', what, correction: 'reload' });
  });
});

describe('frontends', () => {
  test.each([
    ['is stopped or paused', [{ name: 'live', status: 'stopped' as const, sessions: 0, requests: 0 }]],
    ['is not there', []],
  ])('one %s', (is, live) => {
    const frontends = [...live, ...asDesired.frontends.slice(1)];
    expect(only(observed({ frontends }))).toEqual({
      key: 'frontend live',
      kind: 'frontend',
      what: `the frontend live ${is}; it should take connections`,
      correction: 'reload',
    });
  });
});

describe('the hop of writes', () => {
  const others = asDesired.servers.filter(({ backend }) => backend !== 'aorta.hop');
  const back = [
    { kind: 'set-server-admin', backend: 'aorta.hop', server: 'inner', admin: 'ready', weight: 1 },
  ] as const;
  test.each([
    [[], 'is not there', 'reload' as const],
    [[{ admin: 'maintenance' as const }], 'is in maintenance', back],
    [[{ admin: 'drain' as const }], 'is drained', back],
    [[{ weight: 0 }], 'is drained', back],
  ])('its server: %o', (rest, is, correction) => {
    const found = rest.map((one) => ({ ...inner, ...one }));
    expect(only(observed({ servers: [...others, ...found] }))).toEqual({
      key: 'server aorta.hop/inner',
      kind: 'server',
      what: `the hop of writes ${is}; it should take requests`,
      correction,
    });
  });

  test('its frontend is missed', () => {
    const frontends = asDesired.frontends.filter(({ name }) => name !== 'aorta.hop');
    expect(only(observed({ frontends }))).toMatchObject({ key: 'frontend aorta.hop', correction: 'reload' });
  });

  test('its server is no leftover of one that was removed', () => {
    const away: RuntimeServer = { ...inner, admin: 'maintenance' };
    const rest = others.filter(({ admin }) => admin !== 'maintenance');
    expect(hasLeftovers(desired, running([...rest, away], asDesired.frontends))).toBe(false);
  });
});

describe('the state of servers', () => {
  const wish = (kind: 'drain' | 'maintenance') => ({ ends: [], wish: { kind } });
  test.each<
    [
      string,
      Partial<RuntimeServer>,
      string,
      Omit<NonNullable<DriftFinding['adoption']>, 'backend' | 'server'>,
    ]
  >([
    [
      'api-1',
      { admin: 'maintenance' },
      'is in maintenance; it should take requests (weight 100)',
      wish('maintenance'),
    ],
    ['api-1', { admin: 'drain' }, 'is drained; it should take requests (weight 100)', wish('drain')],
    ['api-1', { weight: 0 }, 'is drained; it should take requests (weight 100)', wish('drain')],
    [
      'api-1',
      { weight: 30 },
      'takes requests (weight 30); it should take requests (weight 100)',
      { ends: [], wish: { kind: 'weight', weight: 30 } },
    ],
    [
      'api-2',
      { weight: 50 },
      'takes requests (weight 50); it should be drained',
      { ends: ['maintenance', 'drain'] },
    ],
    [
      'api-2',
      { weight: 1 },
      'takes requests (weight 1); it should be drained',
      { ends: ['maintenance', 'drain'], wish: { kind: 'weight', weight: 1 } },
    ],
    ['api-2', { admin: 'maintenance' }, 'is in maintenance; it should be drained', wish('maintenance')],
    [
      'api-3',
      { admin: 'ready', weight: 100 },
      'takes requests (weight 100); it should be in maintenance',
      { ends: ['maintenance', 'drain'] },
    ],
    [
      'api-3',
      { admin: 'drain' },
      'is drained; it should be in maintenance',
      { ends: ['maintenance'], wish: { kind: 'drain' } },
    ],
  ])('%s is %o', (name, change, what, adoption) => {
    const wanted = desired.backends[0]?.servers.find((one) => one.name === name);
    if (wanted === undefined) throw new Error(name);
    const { admin, weight } = wanted;
    expect(only(withServer(name, change))).toEqual({
      key: `server live.servers/${name} admin`,
      kind: 'server',
      what: `${name} of live ${what}`,
      adoption: { ...place(name), ...adoption },
      correction: [{ kind: 'set-server-admin', ...place(name), admin, weight }],
    });
  });

  test.each<[string, Partial<RuntimeServer>]>([
    ['api-1', { operational: 'down' }],
    ['api-1', { operational: 'no-check' }],
    ['api-2', { admin: 'drain', weight: 50 }],
    ['api-2', { admin: 'drain', weight: 0 }],
    ['api-3', { weight: 0 }],
  ])('%s that is %o is as desired', (name, change) => {
    expect(findDrift(withServer(name, change))).toEqual([]);
  });

  test('a server that is declared with weight 0 should get nothing, and may be given a weight', () => {
    const ir = irOf([server('api-1', 'ready', { weight: 0 })]);
    expect(findDrift(observed({ ir, servers: [runningServer('api-1', { weight: 0 }), inner] }))).toEqual([]);
    expect(findDrift(observed({ ir, servers: [runningServer('api-1', { admin: 'drain' }), inner] }))).toEqual(
      [],
    );
    expect(only(observed({ ir, servers: [runningServer('api-1', { weight: 20 }), inner] }))).toMatchObject({
      what: 'api-1 of live takes requests (weight 20); it should get no new requests (weight 0)',
      adoption: { ends: [], wish: { kind: 'weight', weight: 20 } },
    });
  });
});

describe('the place of servers', () => {
  test.each<[string, string, string]>([
    ['api-1', '192.0.2.9:443', '192.0.2.1:443'],
    ['api-1', '192.0.2.1:80', '192.0.2.1:443'],
    ['api-3', '[2001:db8::2]:443', '[2001:db8::1]:443'],
    ['api-3', '[2001:db8::1]:80', '[2001:db8::1]:443'],
  ])('%s is at %s', (name, address, expected) => {
    const wanted = desired.backends[0]?.servers.find((one) => one.name === name);
    expect(only(withServer(name, { address }))).toEqual({
      key: `server live.servers/${name} address`,
      kind: 'server',
      what: `${name} of live is at ${address}; it should be at ${expected}`,
      correction: [{ kind: 'set-server-address', ...place(name), address: wanted?.address, port: 443 }],
    });
  });

  test('address and state are two things', () => {
    const found = findDrift(withServer('api-1', { address: '192.0.2.9:443', admin: 'drain' }));
    expect(found.map(({ key }) => key)).toEqual([
      'server live.servers/api-1 address',
      'server live.servers/api-1 admin',
    ]);
  });
});

describe('missing and unknown servers', () => {
  test('one is not there', () => {
    const backend = desired.backends[0];
    const found = only(observed({ servers: asDesired.servers.slice(1) }));
    expect(found).toEqual({
      key: 'server live.servers/api-1 missing',
      kind: 'server',
      what: 'api-1 of live is not there; it should take requests (weight 100)',
      correction: [{ kind: 'add-server', backend, server: backend?.servers[0] }],
    });
  });

  test.each<[RuntimeServer['admin'], string]>([
    ['ready', 'takes requests'],
    ['drain', 'is drained'],
  ])('one that nobody declared is %s', (admin, is) => {
    const servers = [...asDesired.servers, runningServer('api-9', { admin })];
    expect(only(observed({ servers }))).toEqual({
      key: 'server live.servers/api-9 unknown',
      kind: 'server',
      what: `api-9 of live was added behind Aorta's back and ${is}; it should not be there`,
      correction: [{ kind: 'remove-server', ...place('api-9') }],
    });
  });

  test('one that was removed may wait in maintenance for its connections, not take requests', () => {
    const waits = [...asDesired.servers, runningServer('api-9', { admin: 'maintenance' })];
    expect(findDrift(observed({ servers: waits }))).toEqual([]);
    const serves = [...asDesired.servers, runningServer('api-9')];
    expect(findDrift(observed({ servers: serves }))).toHaveLength(1);
  });

  test('a server that is declared again is not excused because it once was removed', () => {
    const servers = asDesired.servers.map((one) =>
      one.name === 'api-1' ? { ...one, admin: 'maintenance' as const } : one,
    );
    expect(findDrift(observed({ servers }))).toHaveLength(1);
  });
});

describe('certificates', () => {
  test('another is in memory: the one on disk is sent again, and never shown', () => {
    const loaded = { ...asDesired.loaded, certificates: new Map([['certs/live.pem', 'bb22']]) };
    const found = only(observed({ loaded }));
    expect(found).toMatchObject({
      key: 'certificate certs/live.pem',
      kind: 'certificate',
      what: 'the certificate certs/live.pem in memory is another (SHA-1 bb22); it should be the one in service (SHA-1 aa11)',
      correction: [{ kind: 'replace-certificate', file: 'certs/live.pem' }],
    });
    expect(JSON.stringify(found)).not.toContain('BEGIN');
    const [operation] = found.correction === 'reload' ? [] : found.correction;
    const content = operation?.kind === 'replace-certificate' ? operation.content.reveal() : '';
    expect(content).toMatch(
      /^-----BEGIN CERTIFICATE-----\n.+\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n/,
    );
  });

  test('none is in memory', () => {
    const found = only(observed({ loaded: { ...asDesired.loaded, certificates: new Map() } }));
    expect(found).toMatchObject({
      what: 'the certificate certs/live.pem is not loaded; it should be the one in service (SHA-1 aa11)',
      correction: 'reload',
    });
  });
});

describe('lists', () => {
  test.each<[string, string[] | undefined, string, unknown]>([
    [
      'networks/live.list',
      ['10.0.0.0/8', '192.0.2.0/24', '203.0.113.0/24'],
      'has 203.0.113.0/24, which should not be in it',
      [{ kind: 'replace-list', file: 'networks/live.list', entries: ['10.0.0.0/8', '192.0.2.0/24'] }],
    ],
    [
      'networks/live.list',
      ['10.0.0.0/8', '203.0.113.0/24'],
      'has 203.0.113.0/24, which should not be in it, and lacks 192.0.2.0/24, which should be in it',
      [{ kind: 'replace-list', file: 'networks/live.list', entries: ['10.0.0.0/8', '192.0.2.0/24'] }],
    ],
    [
      'drained/live.list',
      [],
      'lacks api-2, which should be in it',
      [{ kind: 'replace-list', file: 'drained/live.list', entries: ['api-2'] }],
    ],
    ['drained/live.list', undefined, 'lacks api-2, which should be in it', 'reload'],
  ])('%s has %o', (file, entries, what, wanted) => {
    const lists = new Map<string, readonly string[]>(asDesired.loaded.lists);
    if (entries === undefined) lists.delete(file);
    else lists.set(file, entries);
    expect(only(observed({ loaded: { ...asDesired.loaded, lists } }))).toEqual({
      key: `list ${file}`,
      kind: 'list',
      what: `the list ${file} ${what}`,
      correction: wanted,
    });
  });
});

test('nothing is drift when all is as desired, or when what is loaded is not known', () => {
  expect(findDrift(observed())).toEqual([]);
  expect(findDrift(observed({ loaded: undefined }))).toEqual([]);
});

test('what is corrected by commands is corrected by all of them; one thing that needs a reload takes the rest along', () => {
  const two = findDrift(withServer('api-1', { address: '192.0.2.9:443', admin: 'drain' }));
  const operations = correction(two);
  expect(operations === 'reload' ? operations : operations.map(({ kind }) => kind)).toEqual([
    'set-server-address',
    'set-server-admin',
  ]);
  expect(correction([...two, ...findDrift(observed({ tampered: ['haproxy.cfg'] }))])).toBe('reload');
  expect(correction([])).toEqual([]);
});

test('1,000 services of 4 servers are compared in time that grows with their number', () => {
  const size = (services: number) => {
    const backends = Array.from({ length: services }, (_, index) => {
      const name = `service-${index}.servers`;
      const [backend] = irOf([1, 2, 3, 4].map((n) => server(`api-${n}`, 'ready'))).backends;
      if (backend === undefined) throw new Error('no backend');
      return { ...backend, name };
    });
    const servers = backends.flatMap(({ name }) =>
      [1, 2, 3, 4].map((n) => runningServer(`api-${n}`, { backend: name })),
    );
    return observed({ ir: { ...desired, backends }, servers: [...servers, inner] });
  };
  const time = (observation: DriftObservation) => {
    const runs = Array.from({ length: 15 }, () => {
      const begin = performance.now();
      expect(findDrift(observation)).toEqual([]);
      return performance.now() - begin;
    });
    return Math.min(...runs);
  };
  const large = time(size(1_000));
  // 100 ms is far above what it takes, and far below what comparing each with each would.
  expect(large).toBeLessThan(100);
});
