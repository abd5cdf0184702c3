import type { BackendIr, BindIr, FileIr, FrontendIr, HaproxyIr, ServerIr } from '../ir/haproxy.ts';
import { Secret } from '../kernel/secret.ts';

/** Small pieces of the intermediate form, for tests. All values are synthetic. */

export function pemBlock(label: string, text: string): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(`synthetic ${text}`).toString('base64')}\n-----END ${label}-----\n`;
}

export function server(name: string, rest: Partial<ServerIr> = {}): ServerIr {
  return { name, origin: [name], address: '10.0.1.1', port: 443, weight: 100, admin: 'ready', ...rest };
}

export function backend(
  name: string,
  servers: readonly ServerIr[],
  rest: Partial<BackendIr> = {},
): BackendIr {
  return {
    name: `${name}.servers`,
    origin: [name, 'pool'],
    balance: 'leastconn',
    persistence: { kind: 'none' },
    check: { kind: 'tcp', interval: 2_000, fastInterval: 500, downInterval: 1_000, fall: 2, rise: 3 },
    retry: { attempts: 3, safeMethodsOn: ['empty-response'] },
    timeouts: { connect: 1_000, server: 30_000, queue: 5_000, tunnel: 3_600_000, check: 2_000, body: 60_000 },
    reuse: { keepAtLeast: 64, idle: 120_000 },
    servers,
    ...rest,
  };
}

export function bind(address: string, port: number, rest: Partial<BindIr> = {}): BindIr {
  const name = `${address}:${port}`;
  return { name, origin: [name], address, port, ...rest };
}

export function tlsBind(
  address: string,
  port: number,
  certificateList: string,
  ticketKeysFile?: string,
): BindIr {
  const tickets = ticketKeysFile === undefined ? {} : { ticketKeysFile };
  return bind(address, port, {
    tls: { certificateList, alpn: ['h2', 'http/1.1'], minimumVersion: 'TLSv1.2', ...tickets },
  });
}

export function frontend(name: string, binds: readonly BindIr[], rest: Partial<FrontendIr> = {}): FrontendIr {
  return {
    name,
    origin: [name],
    maxConnections: 1_000,
    maxConnectionsPerSource: 250,
    binds,
    timeouts: { client: 30_000, request: 5_000, keepAlive: 60_000 },
    accessLog: { pathWords: ['R4'], clientAddress: 'network' },
    behaviour: {
      kind: 'serve',
      backend: `${name}.servers`,
      unansweredWrites: 'report',
      errors: { retryAfterSeconds: 30, fhirPaths: ['/v1/uscore'] },
      limits: {},
    },
    ...rest,
  };
}

export function certificate(name: string, version = 1): Extract<FileIr, { kind: 'certificate' }> {
  return {
    kind: 'certificate',
    path: `certs/${name}.pem`,
    origin: ['certificates', name],
    chain: [pemBlock('CERTIFICATE', `${name} ${version}`)],
    key: new Secret(pemBlock('PRIVATE KEY', `${name} ${version}`)),
  };
}

export function certificateList(
  name: string,
  ...certificates: readonly string[]
): Extract<FileIr, { kind: 'certificate-list' }> {
  const entries = certificates.map((entry) => ({ certificate: `certs/${entry}.pem` }));
  return { kind: 'certificate-list', path: `crt-lists/${name}.list`, origin: [name], entries };
}

export function networks(name: string, ...list: readonly string[]): FileIr {
  return {
    kind: 'networks',
    purpose: 'access',
    path: `networks/${name}.list`,
    origin: [name, 'allow'],
    networks: list,
  };
}

export function drained(name: string, ...servers: readonly string[]): FileIr {
  const path = `drained/${name}.list`;
  return { kind: 'drained-servers', path, origin: [name], backend: `${name}.servers`, servers };
}

/** With the limit of the process that the compiler gives it. */
export function ir(rest: Partial<HaproxyIr> = {}): HaproxyIr {
  const frontends = rest.frontends ?? [];
  return {
    global: {
      maxConnections: frontends.reduce((sum, { maxConnections }) => sum + maxConnections, 10),
      hopConnections: 100,
      hopBody: 30_000,
      hardStopAfter: 330_000,
      runtime: {
        adminSocket: '/run/admin',
        identitySocket: '/run/identity',
        peersSocket: '/run/peers',
        hopSocket: '/run/hop',
        serverStateFile: '/run/state',
      },
    },
    frontends,
    backends: [],
    watches: [],
    files: [],
    ...rest,
  };
}

const request = { method: 'GET', path: '/health', host: 'api.example', expectStatus: [200] } as const;
const rhythm = {
  port: 8080,
  alsoPort: 8379,
  interval: 2_000,
  fastInterval: 500,
  downInterval: 1_000,
  fall: 2,
  rise: 3,
} as const;
const full = server('api-1', { maxConnections: 100 });

/** Has every field of every record and every variant at least once. */
export const fullIr: HaproxyIr = ir({
  global: {
    ...ir().global,
    maxConnections: 2_010,
    account: { user: 'haproxy', group: 'haproxy' },
    peers: {
      name: 'lb-a',
      address: '10.0.9.2',
      port: 7444,
      certificateFile: 'peers/lb-a.pem',
      authorityFile: 'peers/authority.ca.pem',
      others: [{ name: 'lb-b', address: '10.0.9.3' }],
    },
  },
  frontends: [
    frontend('live', [tlsBind('10.0.0.10', 443, 'crt-lists/live.list', '/dev/shm/keys')], {
      accessLog: { pathWords: ['R4'], clientAddress: 'network', requestIdHeader: 'x-request-id' },
      behaviour: {
        kind: 'serve',
        backend: 'live.servers',
        unansweredWrites: 'report',
        allowList: 'networks/live.list',
        hstsSeconds: 31_536_000,
        errors: { retryAfterSeconds: 30, fhirPaths: ['/v1/uscore'] },
        limits: {
          queue: 100,
          perSource: { requests: 600, per: 60_000, mode: 'enforce', concurrent: 50 },
          perClient: { requests: 600, per: 60_000, mode: 'report' },
        },
      },
      exemptList: 'networks/live.exempt.list',
    }),
    frontend('live.redirect', [bind('10.0.0.10', 80)], {
      behaviour: { kind: 'redirect', port: 443, hostnames: ['api.example'] },
    }),
  ],
  backends: [
    backend('cookie', [full], {
      persistence: {
        kind: 'cookie',
        drainedList: 'drained/b.list',
        name: 'AORTA',
        idle: 1_800_000,
        life: 43_200_000,
        secure: true,
      },
      check: { kind: 'https', ...rhythm, request, sni: 'api.example' },
      passiveErrorLimit: 3,
      tls: { verify: 'required', authorityFile: 'ca/hospital.pem', serverName: 'api.example' },
    }),
    backend('live', [full], {
      check: { kind: 'tcp', ...rhythm },
      timeouts: {
        connect: 1_000,
        server: 30_000,
        queue: 5_000,
        tunnel: 3_600_000,
        check: 2_000,
        body: 30_000,
        long: { paths: ['/v1/bulk'], segments: ['$export'], server: 3_600_000 },
      },
      tls: { verify: 'none', serverName: 'api.example' },
    }),
    backend('sticky', [full], {
      persistence: {
        kind: 'source-address',
        drainedList: 'drained/b.list',
        expire: 1_800_000,
        entries: 100_000,
      },
      check: { kind: 'http', ...rhythm, request },
    }),
  ],
  watches: [
    {
      name: 'cache-1.watch-8379',
      origin: [],
      server: 'cache-1',
      address: '10.0.2.11',
      port: 8379,
      check: { kind: 'https', ...rhythm, request, sni: 'cache.example' },
      timeout: 1_000,
    },
  ],
  files: [
    { kind: 'authority', path: 'ca/hospital.pem', origin: [], certificates: [pemBlock('CERTIFICATE', 'ca')] },
    certificate('live'),
    certificateList('live', 'live'),
    drained('cookie', 'api-1'),
    networks('live', '10.0.0.0/8'),
  ],
});
