import type { Loaded } from '../dataplane/port.ts';
import type { BackendIr, HaproxyIr, ServerIr } from '../ir/haproxy.ts';
import { Secret } from '../kernel/secret.ts';
import type { RuntimeServer, RuntimeState } from '../model/runtime-state.ts';
import type { DriftObservation } from './drift.ts';

/** `live` with a ready, a drained and a maintained server, a redirect, a certificate in use and one that is not. */
export const desired: HaproxyIr = irOf([
  server('api-1', 'ready'),
  server('api-2', 'drain', { weight: 50 }),
  server('api-3', 'maintenance', { address: '2001:db8::1' }),
]);

export function server(name: string, admin: ServerIr['admin'], rest: Partial<ServerIr> = {}): ServerIr {
  const number = name.split('-')[1] ?? '0';
  return { name, origin: [], address: `192.0.2.${number}`, port: 443, weight: 100, admin, ...rest };
}

/** @param change what differs in the backend */
export function irOf(servers: readonly ServerIr[], change: Partial<BackendIr> = {}): HaproxyIr {
  const frontend = { origin: [], maxConnections: 100, maxConnectionsPerSource: 100, binds: [] };
  const timeouts = { client: 1_000, request: 1_000, keepAlive: 1_000 };
  const accessLog = { pathWords: [], clientAddress: 'none' as const };
  return {
    global: {
      maxConnections: 100,
      hopConnections: 100,
      hopBody: 30_000,
      hardStopAfter: 1_000,
      runtime: {
        adminSocket: '/a',
        identitySocket: '/i',
        peersSocket: '/p',
        hopSocket: '/h',
        serverStateFile: '/s',
      },
    },
    frontends: [
      {
        ...frontend,
        name: 'live',
        timeouts,
        accessLog,
        behaviour: {
          kind: 'serve',
          backend: 'live.servers',
          unansweredWrites: 'report',
          allowList: 'networks/live.list',
          errors: { retryAfterSeconds: 30, fhirPaths: [] },
          limits: {},
        },
      },
      {
        ...frontend,
        name: 'live.redirect',
        timeouts,
        accessLog,
        behaviour: { kind: 'redirect', port: 443, hostnames: [] },
      },
    ],
    backends: [backend(servers, change)],
    watches: [],
    files: [
      certificate('certs/live.pem', 'live'),
      certificate('certs/spare.pem', 'spare'),
      {
        kind: 'certificate-list',
        path: 'crt-lists/live.list',
        origin: [],
        entries: [{ certificate: 'certs/live.pem' }],
      },
      {
        kind: 'drained-servers',
        path: 'drained/live.list',
        origin: [],
        backend: 'live.servers',
        servers: ['api-2'],
      },
      {
        kind: 'networks',
        purpose: 'access',
        path: 'networks/live.list',
        origin: [],
        networks: ['192.0.2.0/24', '10.0.0.0/8'],
      },
    ],
  };
}

function backend(servers: readonly ServerIr[], change: Partial<BackendIr>): BackendIr {
  return {
    name: 'live.servers',
    origin: [],
    balance: 'leastconn',
    persistence: { kind: 'none' },
    check: { kind: 'tcp', interval: 2_000, fastInterval: 500, downInterval: 1_000, fall: 2, rise: 10 },
    retry: { attempts: 3, safeMethodsOn: [] },
    timeouts: { connect: 1_000, server: 1_000, queue: 1_000, tunnel: 1_000, check: 2_000, body: 60_000 },
    reuse: { keepAtLeast: 64, idle: 1_000 },
    servers,
    ...change,
  };
}

function certificate(path: string, text: string) {
  const pem = (label: string) =>
    `-----BEGIN ${label}-----\n${Buffer.from(`synthetic ${label} ${text}`).toString('base64')}\n-----END ${label}-----\n`;
  return {
    kind: 'certificate' as const,
    path,
    origin: [],
    chain: [pem('CERTIFICATE')],
    key: new Secret(pem('PRIVATE KEY')),
  };
}

export function running(
  servers: readonly RuntimeServer[],
  frontends: RuntimeState['frontends'],
): RuntimeState {
  const process = {
    masterPid: 1,
    workerPid: 2,
    leavingWorkers: [],
    version: '2.6.12',
    uptime: 1,
    reloads: 0,
  };
  return { at: 0, process, frontends, servers };
}

export function runningServer(name: string, rest: Partial<RuntimeServer> = {}): RuntimeServer {
  const number = name.split('-')[1] ?? '0';
  return {
    backend: 'live.servers',
    name,
    address: `192.0.2.${number}:443`,
    admin: 'ready',
    operational: 'up',
    since: 0,
    sessions: 0,
    weight: 100,
    ...rest,
  };
}

/** The server of the hop, which is there in every configuration. */
export const inner = runningServer('inner', {
  backend: 'aorta.hop',
  address: 'unix',
  operational: 'no-check',
  weight: 1,
});

/** All of it as desired, in the ways in which HAProxy says so. */
export const asDesired = {
  servers: [
    runningServer('api-1'),
    runningServer('api-2', { weight: 0 }),
    runningServer('api-3', { admin: 'maintenance', address: '[2001:db8::1]:443', weight: 7 }),
    inner,
  ],
  frontends: [
    { name: 'live', status: 'open', sessions: 0, requests: 0 },
    { name: 'live.redirect', status: 'full', sessions: 0, requests: 0 },
    { name: 'aorta.identity', status: 'open', sessions: 0, requests: 0 },
    { name: 'aorta.hop', status: 'open', sessions: 0, requests: 0 },
  ] satisfies RuntimeState['frontends'],
  loaded: {
    certificates: new Map([['certs/live.pem', 'aa11']]),
    lists: new Map([
      ['networks/live.list', ['10.0.0.0/8', '192.0.2.0/24']],
      ['drained/live.list', ['api-2']],
    ]),
  } satisfies Loaded,
};

/** An observation without drift, except for what is given. */
export function observed(
  rest: Partial<DriftObservation> & {
    readonly servers?: readonly RuntimeServer[];
    readonly frontends?: RuntimeState['frontends'];
  } = {},
): DriftObservation {
  const { servers = asDesired.servers, frontends = asDesired.frontends, ...given } = rest;
  return {
    ir: desired,
    expectedDigest: 'd1',
    runningDigest: 'd1',
    state: running(servers, frontends),
    loaded: asDesired.loaded,
    tampered: [],
    certificates: new Map([['certs/live.pem', 'aa11']]),
    ...given,
  };
}
