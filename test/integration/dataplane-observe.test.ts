import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { SecureVersion } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import type { HaproxyIr } from '../../src/ir/haproxy.ts';
import type { Address, Port } from '../../src/model/address.ts';
import type { Configuration } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import type { Hostname } from '../../src/model/hostname.ts';
import type { Name } from '../../src/model/name.ts';
import { CauseFinder } from '../../src/observe/cause-finder.ts';
import { observe } from '../../src/observe/observe.ts';
import { Observer } from '../../src/observe/observer.ts';
import { type Issued, issue } from './dataplane-certificates.ts';
import { createRig, loopback, render, until } from './dataplane-rig.ts';

const serverName = 'api.stelsewhere.example';
const authority = issue({ name: 'St. Elsewhere Test CA' });
const good = issue({ name: 'good', covers: [serverName], issuer: authority });

interface Place {
  readonly address: string;
  readonly port: number;
}

async function listen(server: Server): Promise<Place> {
  const address = loopback();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not listening on a port');
  return { address, port: bound.port };
}

function tlsServer(
  { certificate, key }: Issued,
  versions: { minVersion?: SecureVersion; maxVersion?: SecureVersion } = {},
) {
  const old = versions.maxVersion === undefined ? {} : { ciphers: 'DEFAULT@SECLEVEL=0' };
  return listen(
    createTlsServer({ cert: certificate, key, ...versions, ...old }, (_, response) => response.end('ok')),
  );
}

/** A configuration of one service as far as its status needs it, and what is compiled from it. */
function configure(
  servers: Readonly<Record<string, Place>>,
  listener: Place,
): { configuration: Configuration; ir: HaproxyIr } {
  const path = ['virtualServices', 'live'];
  const entries = Object.entries(servers);
  const configuration: Configuration = {
    site: 'St. Elsewhere',
    hosts: [],
    authorities: [
      {
        name: 'hospital' as Name,
        path: ['authorities', 'hospital'],
        material: { certificates: [authority.certificate], facts: [] },
      },
    ],
    certificates: [],
    virtualServices: [
      {
        name: 'live' as Name,
        path,
        hostnames: [serverName as Hostname],
        listeners: [
          {
            protocol: 'http',
            path: [...path, 'listeners', 0],
            address: listener.address as Address,
            port: listener.port as Port,
          },
        ],
        pool: {
          path: [...path, 'pool'],
          servers: entries.map(([name, place]) => ({
            name: name as Name,
            path: [...path, 'pool', 'servers', name],
            address: place.address as Address,
            port: place.port as Port,
            weight: 100,
          })),
          balance: 'leastconn',
          persistence: { type: 'none' },
          healthCheck: {
            type: 'https',
            method: 'GET',
            path: '/',
            expectStatus: [200],
            interval: duration('100ms'),
            fastInterval: duration('100ms'),
            downInterval: duration('100ms'),
            timeout: duration('1s'),
            fall: 1,
            rise: 1,
          },
          tls: { verify: 'required', authority: 'hospital' as Name, serverName: serverName as Hostname },
          retry: { attempts: 0, safeMethodsOn: [], budget: 20, unansweredWrites: 'report' },
          whenAllFail: 'serve',
          connectionReuse: { keepAtLeast: 0, idle: duration('1s') },
        },
        timeouts: { connect: duration('1s') } as never,
        errorAnswers: {} as never,
        accessLog: {} as never,
        maxConnections: 100,
      },
    ],
  };
  const ir: HaproxyIr = {
    global: {
      maxConnections: 100,
      hopConnections: 100,
      hopBody: 30_000,
      hardStopAfter: 1,
      runtime: { adminSocket: '', identitySocket: '', peersSocket: '', hopSocket: '', serverStateFile: '' },
    },
    frontends: [
      {
        name: 'live',
        origin: path,
        maxConnections: 100,
        maxConnectionsPerSource: 100,
        binds: [{ name: 'a', origin: [...path, 'listeners', 0], ...listener }],
        timeouts: { client: 1, request: 1, keepAlive: 1 },
        behaviour: { kind: 'redirect', port: 1, hostnames: [] },
        accessLog: { pathWords: [], clientAddress: 'none' },
      },
    ],
    backends: [
      {
        name: 'pool',
        origin: [...path, 'pool'],
        servers: entries.map(([name, place]) => ({
          name,
          origin: [...path, 'pool', 'servers', name],
          ...place,
          weight: 100,
        })),
      } as unknown as HaproxyIr['backends'][number],
    ],
    watches: [],
    files: [],
  };
  return { configuration, ir };
}

test('the status names why TLS to a server does not work', { timeout: 60_000 }, async () => {
  const rig = await createRig();
  const servers = {
    expired: await tlsServer(
      issue({ name: 'expired', covers: [serverName], from: -9, until: -1, issuer: authority }),
    ),
    fine: await tlsServer(good),
    foreign: await tlsServer(
      issue({ name: 'foreign', covers: [serverName], issuer: issue({ name: 'Somebody Else CA' }) }),
    ),
    future: await tlsServer(issue({ name: 'future', covers: [serverName], from: 3, issuer: authority })),
    misnamed: await tlsServer(
      issue({ name: 'misnamed', covers: ['other.example', 'more.example'], issuer: authority }),
    ),
    old: await tlsServer(good, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }),
    plain: await listen(createPlainServer((_, response) => response.end('ok'))),
    self: await tlsServer(issue({ name: 'self-made', covers: [serverName] })),
  };
  const options = `check check-ssl ssl verify required ca-file ca.pem verifyhost ${serverName} sni str(${serverName}) check-sni ${serverName} inter 100ms fall 1 rise 1 ssl-min-ver TLSv1.2`;
  const outcome = await rig.reconciler.apply(
    render(rig.paths, {
      frontends: [{ name: 'live', bind: `${rig.address}:8080` }],
      backend: [
        'option httpchk GET /',
        ...Object.entries(servers).map(
          ([name, { address, port }]) => `server ${name} ${address}:${port} ${options}`,
        ),
      ],
      files: [{ path: 'ca.pem', content: authority.certificate }],
    }),
  );
  expect(outcome).toMatchObject({ kind: 'applied' });
  await until(
    () => rig.dataPlane.runtimeState(),
    (seen) =>
      seen?.servers.every(
        ({ name, check, operational }) => check !== undefined && (name === 'fine' || operational === 'down'),
      ) ?? false,
  );

  const { configuration, ir } = configure(servers, { address: rig.address, port: 8080 });
  const status = await new Observer(rig.dataPlane, systemClock).status(configuration, ir, {
    intents: [],
    drift: [],
  });
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const [service] = status.services;
  expect(Object.fromEntries(service?.servers.map(({ name, cause }) => [name, cause]) ?? [])).toEqual({
    expired: `the certificate expired on ${day(-1)}`,
    fine: undefined,
    foreign:
      'the certificate was issued by an unknown authority (Somebody Else CA), or an intermediate certificate is missing',
    future: `the certificate is not valid before ${day(3)}`,
    misnamed: `the certificate does not cover ${serverName} (it covers other.example, more.example)`,
    old: 'the server offers only versions of TLS that are too old (1.2 is needed)',
    plain: 'the server does not speak TLS on this port',
    self: 'the certificate is self-signed (self-made), not issued by an authority of the pool',
  });
  expect(service).toMatchObject({ state: 'degraded', listeners: [{ open: true }] });
  expect(service?.conditions).toContain('1 of 8 servers take requests.');
  expect(service?.conditions).toContain(`expired is down: the certificate expired on ${day(-1)}.`);
  expect(status.process).toMatchObject({ drift: false, digest: (await rig.dataPlane.current())?.digest });
});

test('without HAProxy every service is down, and the status says so', () => {
  const { configuration, ir } = configure(
    { one: { address: '127.0.0.1', port: 9 } },
    { address: '127.0.0.1', port: 8 },
  );
  const status = observe({ at: 0, configuration, ir, causes: new Map(), intents: [], drift: [] });
  expect(status).not.toHaveProperty('process');
  expect(status.services).toMatchObject([
    {
      state: 'down',
      conditions: ['HAProxy does not run.'],
      listeners: [{ open: false }],
      servers: [{ state: 'unknown' }],
    },
  ]);
});

test('a failing server is asked once in ten seconds, and at once when it fails again later', async () => {
  const { configuration, ir } = configure({ one: await tlsServer(good) }, { address: '127.0.0.1', port: 8 });
  let now = 0;
  let handshakes = 0;
  const counted = await listen(
    createTlsServer({ cert: good.certificate, key: good.key }).on(
      'connection',
      () => (handshakes += 1),
    ) as Server,
  );
  const again = configure({ one: counted }, { address: '127.0.0.1', port: 8 });
  const finder = new CauseFinder({
    now: () => now,
    sleep: (milliseconds) => systemClock.sleep(milliseconds),
  });
  const state = (result: string) => ({
    at: 0,
    process: { masterPid: 1, workerPid: 2, leavingWorkers: [], version: '', uptime: 0, reloads: 0 },
    frontends: [],
    servers: [
      {
        backend: 'pool',
        name: 'one',
        address: '',
        admin: 'ready',
        operational: 'down',
        check: { result },
        since: 0,
        sessions: 0,
        weight: 1,
      } as const,
    ],
  });
  const look = (result: string) => finder.find(again.configuration, again.ir, state(result));
  await look('L6RSP');
  await look('L6RSP');
  expect(handshakes).toBe(1);
  now = 10_000;
  await look('L6RSP');
  expect(handshakes).toBe(2);
  await look('L4CON');
  expect(handshakes).toBe(2);
  await look('L6RSP');
  expect(handshakes).toBe(3);
  // Live traffic takes a server out before its check fails; the certificate may be why.
  now = 20_000;
  await look('HANA');
  expect(handshakes).toBe(4);
  expect(await finder.find(configuration, ir, state('L6RSP'))).toEqual(new Map());
});
