import { Secret } from '../../src/kernel/secret.ts';
import { type Address, type Network, Port, toAddress, toNetwork } from '../../src/model/address.ts';
import type { AuthorityMaterial, CertificateMaterial } from '../../src/model/certificate-material.ts';
import type {
  Configuration,
  ConfiguredListener,
  ConfiguredPool,
  ConfiguredServer,
  ConfiguredService,
} from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import { type Hostname, toHostname } from '../../src/model/hostname.ts';
import { isName, type Name } from '../../src/model/name.ts';
import type { Watch } from '../../src/model/watch.ts';
import { facts } from '../harness/certificates.ts';

/** Where certificates come from: fixed nonsense for goldens, real ones for what runs. */
export interface Materials {
  certificate(name: string, hostnames: readonly string[]): CertificateMaterial;
  authority(name: string): AuthorityMaterial;
}

/** The same bytes every time; good for comparing text, useless for TLS. */
export const fixedMaterials: Materials = {
  certificate: (name, hostnames) => ({
    chain: [fixedPem('CERTIFICATE', `certificate ${name}`)],
    key: new Secret(fixedPem('PRIVATE KEY', `key ${name}`)),
    facts: facts(hostnames),
    issuers: [],
  }),
  authority: (name) => ({ certificates: [fixedPem('CERTIFICATE', `authority ${name}`)], facts: [] }),
};

function fixedPem(label: string, text: string): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(`synthetic ${text}`).toString('base64')}\n-----END ${label}-----\n`;
}

export function name(text: string): Name {
  if (!isName(text)) throw new TypeError(text);
  return text;
}

export function address(text: string): Address {
  const value = toAddress(text);
  if (value === undefined) throw new TypeError(text);
  return value;
}

export function network(text: string): Network {
  const value = toNetwork(text);
  if (value === undefined) throw new TypeError(text);
  return value;
}

export function hostname(text: string): Hostname {
  const value = toHostname(text);
  if (value === undefined) throw new TypeError(text);
  return value;
}

export function port(value: number): Port {
  return Port.parse(value);
}

export function server(
  serverName: string,
  place: string,
  serverPort: number,
  rest: Partial<ConfiguredServer> = {},
): ConfiguredServer {
  return {
    name: name(serverName),
    path: ['virtualServices', 'live', 'pool', 'servers', serverName],
    address: address(place),
    port: port(serverPort),
    weight: 100,
    ...rest,
  };
}

export function httpListener(place: string, listenPort: number): ConfiguredListener {
  return {
    protocol: 'http',
    address: address(place),
    port: port(listenPort),
    path: listenerPath(listenPort),
  };
}

export function redirectListener(place: string, listenPort: number, targetPort: number): ConfiguredListener {
  return { ...httpListener(place, listenPort), protocol: 'redirect', targetPort: port(targetPort) };
}

export function httpsListener(
  place: string,
  listenPort: number,
  ...certificates: readonly string[]
): ConfiguredListener {
  return {
    ...httpListener(place, listenPort),
    protocol: 'https',
    certificates: certificates.map(name),
    alpn: ['h2', 'http/1.1'],
    tls: { minimumVersion: 'TLSv1.2' },
  };
}

function listenerPath(listenPort: number) {
  return ['virtualServices', 'live', 'listeners', `port ${listenPort}`];
}

const rhythm = {
  interval: duration('2s'),
  fastInterval: duration('500ms'),
  downInterval: duration('1s'),
  timeout: duration('2s'),
  fall: 2,
  rise: 10,
} as const;

/** A tcp check with the defaults of the model. */
export const tcpCheck: ConfiguredPool['healthCheck'] = { type: 'tcp', ...rhythm };

type HttpCheck = Extract<ConfiguredPool['healthCheck'], { type: 'http' }>;
type HttpsCheck = Extract<ConfiguredPool['healthCheck'], { type: 'https' }>;

/** An http check with the defaults of the model. */
export function httpCheck(path: string, rest: Partial<HttpCheck> = {}): HttpCheck {
  return { type: 'http', ...rhythm, method: 'GET', path, expectStatus: [200], ...rest };
}

/** An https check with the defaults of the model. */
export function httpsCheck(path: string, rest: Partial<HttpsCheck> = {}): HttpsCheck {
  return { ...httpCheck(path), ...rest, type: 'https' };
}

/** A service with the defaults of the model. */
export function service(
  serviceName: string,
  listeners: readonly ConfiguredListener[],
  pool: Partial<ConfiguredPool> & Pick<ConfiguredPool, 'servers'>,
  rest: Partial<Omit<ConfiguredService, 'pool'>> = {},
): ConfiguredService {
  return {
    name: name(serviceName),
    path: ['virtualServices', serviceName],
    hostnames: [],
    listeners,
    pool: {
      path: ['virtualServices', serviceName, 'pool'],
      balance: 'leastconn',
      persistence: { type: 'none' },
      healthCheck: tcpCheck,
      retry: {
        attempts: 3,
        safeMethodsOn: ['empty-response', 'response-timeout', '503'],
        budget: 20,
        unansweredWrites: 'report',
      },
      whenAllFail: 'serve',
      endSessionsAfter: duration('1500ms'),
      connectionReuse: { keepAtLeast: 64, idle: duration('120s') },
      ...pool,
    },
    timeouts: {
      connect: duration('1s'),
      request: duration('5s'),
      keepAlive: duration('60s'),
      client: duration('30s'),
      server: duration('30s'),
      queue: duration('5s'),
      tunnel: duration('1h'),
    },
    errorAnswers: { retryAfter: duration('30s'), fhirPaths: [] },
    accessLog: { pathWords: [], clientAddress: 'network' },
    maxConnections: 1_000,
    ...rest,
  };
}

export function configuration(
  services: readonly ConfiguredService[],
  rest: Partial<Configuration> = {},
): Configuration {
  return {
    site: 'St. Elsewhere',
    hosts: [],
    authorities: [],
    certificates: [],
    virtualServices: services,
    ...rest,
  };
}

function certificates(
  materials: Materials,
  named: Readonly<Record<string, readonly string[]>>,
): Configuration['certificates'] {
  return Object.entries(named).map(([certificate, hostnames]) => ({
    name: name(certificate),
    path: ['certificates', certificate],
    material: materials.certificate(certificate, hostnames),
  }));
}

function authorities(materials: Materials, authority: string): Configuration['authorities'] {
  return [
    { name: name(authority), path: ['authorities', authority], material: materials.authority(authority) },
  ];
}

const apis = 'mtrestapis-live01.stelsewhere.example';
const apps = 'mtrestapps-live01.stelsewhere.example';

const fhir = {
  errorAnswers: { retryAfter: duration('30s'), fhirPaths: ['/v1/uscore', '/v2/uscore'] },
  accessLog: {
    pathWords: [
      '$export',
      '.well-known',
      'Observation',
      'Patient',
      'R4',
      'STU6',
      'metadata',
      'oauth2',
      'uscore',
    ],
    clientAddress: 'network' as const,
    requestIdHeader: 'mtrestapi-requestid',
  },
};

const servers = [server('api-1', '10.20.1.11', 443), server('api-2', '10.20.1.12', 443)];
const plainServers = [server('api-1', '10.20.1.11', 80), server('api-2', '10.20.1.12', 80)];

function watchRhythm(watchedPort: number) {
  const rest = { interval: duration('2s'), timeout: duration('1s'), fall: 3, rise: 2 } as const;
  return { port: port(watchedPort), ...rest };
}
const watchRequest = { path: '/health', expectStatus: [204, 200] };

export function host(
  hostName: string,
  place: string,
  role: string,
  watches: readonly Watch[],
): Configuration['hosts'][number] {
  const path = ['hosts', hostName];
  return {
    name: name(hostName),
    path,
    address: address(place),
    roles: [name(role)],
    watches: watches.map((watch, index) => ({ path: [...path, 'watch', index], watch })),
  };
}

/** Small cases, one for each thing that haproxy.cfg can say. */
export const cases: Readonly<Record<string, (materials: Materials) => Configuration>> = {
  'http-only': () =>
    configuration([service('plain', [httpListener('10.20.0.10', 80)], { servers: plainServers })]),

  bridging: (materials) =>
    configuration(
      [
        service(
          'live-apis',
          [redirectListener('10.20.0.10', 80, 443), httpsListener('10.20.0.10', 443, 'live')],
          {
            servers,
            healthCheck: httpsCheck('/v1/uscore/R4/metadata', { host: hostname(apis) }),
            passiveCheck: { errorLimit: 3 },
            tls: { verify: 'required', authority: name('hospital'), serverName: hostname(apis) },
          },
          { hostnames: [hostname(apis)], hstsMaxAge: duration('365d'), ...fhir },
        ),
      ],
      {
        certificates: certificates(materials, { live: [apis] }),
        authorities: authorities(materials, 'hospital'),
      },
    ),

  offload: (materials) =>
    configuration(
      [
        service(
          'live-apis',
          [redirectListener('10.20.0.10', 80, 8443), httpsListener('10.20.0.10', 8443, 'live')],
          {
            servers: plainServers,
            balance: 'roundrobin',
            healthCheck: httpCheck('/health', { port: port(8080) }),
          },
          { ...fhir, accessLog: { pathWords: [], clientAddress: 'full' } },
        ),
      ],
      { certificates: certificates(materials, { live: [apis] }) },
    ),

  'several-certificates': (materials) =>
    configuration(
      [
        service(
          'live',
          [httpsListener('10.20.0.10', 443, 'apis', 'apps')],
          { servers: plainServers },
          {
            hostnames: [hostname(apis), hostname(apps)],
          },
        ),
        service('trusted', [httpsListener('10.20.0.11', 443, 'apps')], { servers: plainServers }),
      ],
      { certificates: certificates(materials, { apis: [apis], apps: [apps] }) },
    ),

  ipv6: (materials) =>
    configuration(
      [
        service(
          'live',
          [
            httpListener('::', 8080),
            redirectListener('2001:db8::10', 80, 443),
            httpsListener('2001:db8::10', 443, 'live'),
          ],
          { servers: [server('api-1', '2001:db8::1:11', 80, { weight: 50, maxConnections: 200 })] },
        ),
      ],
      { certificates: certificates(materials, { live: [apis] }) },
    ),

  cookie: (materials) =>
    configuration(
      [
        service('live', [httpsListener('10.20.0.10', 443, 'live')], {
          servers: plainServers,
          persistence: { type: 'cookie', name: 'AORTA', idle: duration('30m'), life: duration('12h') },
        }),
      ],
      { certificates: certificates(materials, { live: [apis] }) },
    ),

  'source-address': () =>
    configuration([
      service('live', [httpListener('10.20.0.10', 80)], {
        servers: plainServers,
        persistence: { type: 'sourceAddress', expire: duration('30m'), entries: 100_000 },
        retry: { attempts: 0, safeMethodsOn: [], budget: 20, unansweredWrites: 'close' },
      }),
    ]),

  'access-list': () =>
    configuration([
      service(
        'trusted',
        [httpListener('10.20.0.12', 80)],
        { servers: plainServers },
        {
          allow: [network('10.30.0.0/16'), network('10.40.1.7'), network('2001:db8:30::/48')],
          accessLog: { pathWords: [], clientAddress: 'none' },
        },
      ),
    ]),

  limits: (materials) =>
    configuration(
      [
        service(
          'live-apis',
          [redirectListener('10.20.0.10', 80, 443), httpsListener('10.20.0.10', 443, 'live')],
          {
            servers: [
              server('api-1', '10.20.1.11', 80, { maxConnections: 80 }),
              server('api-2', '10.20.1.12', 80),
            ],
            serverLimit: { requests: 50, queue: 20 },
          },
          {
            ...fhir,
            maxConnectionsPerSource: 300,
            limits: {
              exempt: [network('10.30.4.7'), network('2001:db8:30::/48')],
              perSource: { requests: 600, per: duration('1m'), mode: 'enforce', concurrent: 40 },
              perClient: { requests: 1_000, per: duration('5m'), mode: 'report' },
            },
          },
        ),
      ],
      { certificates: certificates(materials, { live: [apis] }) },
    ),

  'unverified-tls': () =>
    configuration([
      service('live', [httpListener('10.20.0.10', 80)], {
        servers,
        healthCheck: httpsCheck('/health', {
          sni: hostname(apps),
          method: 'HEAD',
          expectStatus: [204, 200],
        }),
        tls: {
          verify: 'none',
          reason: 'A synthetic estate without an authority.',
          serverName: hostname(apis),
        },
      }),
    ]),

  dependencies: (materials) =>
    configuration(
      [
        service(
          'live',
          [httpListener('10.20.0.10', 80)],
          {
            servers,
            healthCheck: httpsCheck('/metadata', { alsoPort: { port: port(8379), role: name('cache') } }),
            tls: { verify: 'required', authority: name('hospital'), serverName: hostname(apis) },
          },
          {
            dependsOn: [
              {
                role: name('platform-service'),
                path: ['virtualServices', 'live', 'dependsOn', 'platform-service'],
                hosts: [name('platform-1')],
                needed: true,
              },
            ],
          },
        ),
        service('plain', [httpListener('10.20.0.11', 80)], {
          servers: plainServers,
          healthCheck: { ...tcpCheck, alsoPort: { port: port(8379) } },
        }),
      ],
      {
        authorities: authorities(materials, 'hospital'),
        hosts: [
          host('files-1', '2001:db8::3:12', 'file-library', [
            {
              type: 'https',
              ...watchRhythm(443),
              ...watchRequest,
              host: hostname('files.stelsewhere.example'),
            },
            { type: 'http', ...watchRhythm(8032), ...watchRequest },
          ]),
          host('platform-1', '10.20.3.11', 'platform-service', [{ type: 'tcp', ...watchRhythm(8031) }]),
        ],
      },
    ),

  'tcp-check-on-tls-pool': (materials) =>
    configuration(
      [
        service('live', [httpListener('10.20.0.10', 80)], {
          servers,
          tls: { verify: 'required', authority: name('hospital'), serverName: hostname(apis) },
        }),
      ],
      { authorities: authorities(materials, 'hospital') },
    ),
};
