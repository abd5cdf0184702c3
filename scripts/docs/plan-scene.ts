import type { BackendIr, BindIr, FileIr, FrontendIr, HaproxyIr, ServerIr } from '../../src/ir/haproxy.ts';
import { Secret } from '../../src/kernel/secret.ts';
import type { RuntimeState } from '../../src/model/runtime-state.ts';

/** A service as an operator might have it, in the smallest form that a plan can be made from. */

export function server(name: string, address: string, rest: Partial<ServerIr> = {}): ServerIr {
  return { name, origin: [], address, port: 443, weight: 100, admin: 'ready', ...rest };
}

export function listener(address: string, rest: Partial<BindIr> = {}): BindIr {
  return { name: `${address}:443`, origin: [], address, port: 443, ...rest };
}

export function pool(servers: readonly ServerIr[], rest: Partial<BackendIr> = {}): BackendIr {
  return {
    name: 'live-apis.servers',
    origin: [],
    balance: 'leastconn',
    persistence: { kind: 'none' },
    check: {
      kind: 'tcp',
      interval: 10_000,
      fastInterval: 2_000,
      downInterval: 5_000,
      fall: 3,
      rise: 10,
    },
    retry: { attempts: 3, safeMethodsOn: ['empty-response'] },
    timeouts,
    reuse: { keepAtLeast: 64, idle: 120_000 },
    servers,
    ...rest,
  };
}

export const timeouts = {
  connect: 5_000,
  server: 300_000,
  queue: 5_000,
  tunnel: 3_600_000,
  check: 5_000,
  body: 60_000,
};

export interface Parts {
  readonly pool: BackendIr;
  readonly bind?: BindIr;
  readonly maxConnections?: number;
  readonly maxConnectionsPerSource?: number;
  readonly files?: readonly FileIr[];
}

export function service({
  pool: backend,
  bind = listener('10.20.0.10'),
  maxConnections = 2_000,
  maxConnectionsPerSource = 500,
  files = [],
}: Parts): HaproxyIr {
  const frontend: FrontendIr = {
    name: 'live-apis',
    origin: [],
    maxConnections,
    maxConnectionsPerSource,
    binds: [bind],
    timeouts: { client: 300_000, request: 10_000, keepAlive: 60_000 },
    accessLog: { pathWords: [], clientAddress: 'network' },
    behaviour: {
      kind: 'serve',
      backend: backend.name,
      unansweredWrites: 'report',
      errors: { retryAfterSeconds: 30, fhirPaths: [] },
      limits: {},
    },
  };
  return {
    global: {
      maxConnections: maxConnections + 10,
      hopConnections: 100,

      hopBody: 30_000,
      hardStopAfter: 330_000,
      runtime: {
        adminSocket: 'admin',
        identitySocket: 'identity',
        peersSocket: 'peers',
        hopSocket: 'hop',
        serverStateFile: 's',
      },
    },
    frontends: [frontend],
    backends: [backend],
    watches: [],
    files,
  };
}

/** Certificates that the listener shows. @param version another one is another certificate of the same name */
export function certificates(version: string, ...names: readonly string[]): FileIr[] {
  return [
    ...names.map(
      (name): FileIr => ({
        kind: 'certificate',
        path: `certs/${name}.pem`,
        origin: [],
        chain: [block('CERTIFICATE', `${name} ${version}`)],
        key: new Secret(block('PRIVATE KEY', `${name} ${version}`)),
      }),
    ),
    {
      kind: 'certificate-list',
      path: 'crt-lists/live-apis.list',
      origin: [],
      entries: names.map((name) => ({ certificate: `certs/${name}.pem` })),
    },
  ];
}

function block(label: string, text: string): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(text).toString('base64')}\n-----END ${label}-----\n`;
}

export const secured = listener('10.20.0.10', {
  tls: { certificateList: 'crt-lists/live-apis.list', alpn: ['h2', 'http/1.1'], minimumVersion: 'TLSv1.2' },
});

/** 12 connections to the service, 2 requests at api-1. */
export const atWork: RuntimeState = {
  at: 0,
  process: {
    masterPid: 1,
    workerPid: 2,
    leavingWorkers: [],
    version: '3.0.11',
    uptime: 1,
    reloads: 0,
  },
  frontends: [{ name: 'live-apis', status: 'open', sessions: 12, requests: 0 }],
  servers: ['api-1', 'api-2'].map((name, index) => ({
    backend: 'live-apis.servers',
    name,
    address: `10.20.1.1${index + 1}:443`,
    admin: 'ready',
    operational: 'up',
    since: 0,
    sessions: index === 0 ? 2 : 0,
    weight: 100,
  })),
};
