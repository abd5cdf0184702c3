import { casesOf, type Ground, joined, type PropertyCase, type Tree } from './property-case.ts';

/** Every parameter of every blueprint. */

const names = [
  'mtrestapis-live01.stelsewhere.example',
  'mtrestapps-live01.stelsewhere.example',
  'other.stelsewhere.example',
] as const;

/** The RESTful API with as little as possible. */
function restfulApi(more: (ground: Ground) => Tree = () => ({})): (ground: Ground) => Tree {
  return (ground) => {
    const { name, address } = ground;
    return {
      certificates: { [name]: { pem: 'certs/live.pem' }, [`${name}-b`]: { pem: 'certs/other.pem' } },
      services: {
        [name]: {
          blueprint: 'meditech/restful-api',
          deployment: 'recommended',
          apis: { hostname: names[0], address: address(0), certificate: name },
          apps: apps(ground),
          apiServers: { [`${name}-1`]: address(2), [`${name}-2`]: address(3) },
          backendTrust: { ca: 'certs/ca.pem' },
          maxConnections: 8,
          ...more(ground),
        },
      },
    };
  };
}

const apps = ({ name, address }: Ground) => ({ hostname: names[1], address: address(1), certificate: name });
const trusted = ({ name, address }: Ground) => ({
  address: address(1),
  certificate: name,
  allow: ['10.30.0.0/16'],
});
const watchedParts = ['cache', 'platformService', 'fileLibrary', 'monitorService'] as const;
const machines = ({ name, address }: Ground) => ({
  cacheServers: { [`${name}-cache`]: address(5) },
  platformService: { [`${name}-platform`]: address(6) },
  fileLibrary: { [`${name}-files`]: address(7) },
  monitorService: { [`${name}-files`]: address(7) },
});
const transaction = {
  clientId: 'aorta-check',
  secretFile: 'certs/secret',
  path: '/v1/uscore/R4/Organization/1',
};
const offload = () => ({ tls: 'offload', backendTrust: undefined });
const another = ({ name, address }: Ground): Ground => ({
  name: `${name}-added`,
  address: (index) => address(index + 4),
});
const elsewhere = ({ address }: Ground) => address(4);
const endpoint = [
  ['hostname', 'reload', names[2]],
  ['address', 'rebind', elsewhere],
  ['certificate', 'reload', ({ name }: Ground) => `${name}-b`],
  ['port', 'rebind', 8443],
  ['redirectPort', 'rebind', 8080],
] as const;

export const blueprintProperties: readonly PropertyCase[] = [
  ...casesOf(
    (ground) =>
      joined([restfulApi()(ground), { certificates: restfulApi()(another(ground))['certificates'] }]),
    'services.*',
    [
      [
        '',
        'rebind',
        (ground: Ground) => Object(restfulApi()(another(ground))['services'])[another(ground).name],
      ],
    ],
  ),
  ...casesOf(restfulApi(), 'services.*(meditech/restful-api).', [
    ['deployment', 'none', 'minimum'],
    ['tls', 'reload', 'offload', { backendTrust: undefined }],
    ...endpoint.map(([key, ...rest]) => [`apis.${key}`, ...rest] as const),
    ...endpoint.map(([key, ...rest]) => [`apps.${key}`, ...rest] as const),
    ['trusted', 'reload', trusted, { apps: undefined }],
    ['apiServers.*', 'runtime', elsewhere],
    ['cacheServers.*', 'none', '10.20.2.11'],
    ['platformService.*', 'none', '10.20.3.11'],
    ['fileLibrary.*', 'none', '10.20.3.12'],
    ['monitorService.*', 'none', '10.20.3.13'],
    ['watch', 'none', {}],
    ['whenCacheIsDown', 'none', 'condition'],
    ['backendTrust.ca', 'reload', 'certs/ca-b.pem'],
    ['backendTrust.serverName', 'reload', 'api.stelsewhere.example'],
    ['backendTrust.verify', 'reload', 'none', { reason: 'replaced in March' }],
    ['fhirBase', 'reload', '/v2/uscore/STU6/'],
    ['fhirVersion', 'none', '4.3.0'],
    ['checks', 'reload', ['tcp', 'capability']],
    ['checks', 'none', ['unauthenticated-read']],
    ['checkInterval', 'reload', '2s'],
    ['transaction', 'none', transaction],
    ['persistence', 'reload', 'sourceAddress'],
    ['maxConnections', 'runtime', 7],
    ['maxConnectionsPerSource', 'runtime', 7],
    ['serverRequests', 'runtime', 50],
    ['serverQueue', 'reload', 50],
    ['limits', 'reload', { perSource: { requests: 600 } }],
    ['limits.exempt', 'reload', ['10.30.4.7']],
    ['limits.perSource', 'reload', { requests: 600 }],
    ['limits.perClient', 'reload', { requests: 600 }],
  ]),
  ...casesOf(
    restfulApi(() => ({ limits: { perSource: { requests: 600 }, perClient: { requests: 600 } } })),
    'services.*(meditech/restful-api).limits.',
    [
      ['perSource.requests', 'reload', 601],
      ['perSource.per', 'reload', '5m'],
      ['perSource.mode', 'reload', 'enforce'],
      ['perSource.concurrent', 'reload', 40],
      ['perClient.requests', 'reload', 601],
      ['perClient.per', 'reload', '5m'],
      ['perClient.mode', 'reload', 'enforce'],
    ],
  ),
  ...casesOf(
    restfulApi((ground) => ({ ...machines(ground), watch: {} })),
    'services.*(meditech/restful-api).watch.',
    watchedParts.map((part) => [part, 'reload', { port: 8379 }] as const),
  ),
  ...watchedParts.flatMap((part) =>
    casesOf(
      restfulApi((ground) => ({ ...machines(ground), watch: { [part]: { port: 8379 } } })),
      `services.*(meditech/restful-api).watch.${part}.`,
      [
        ['port', 'reload', 8380],
        ['type', 'reload', 'https'],
        ['path', 'reload', '/health', { type: 'http' }],
      ],
    ),
  ),
  ...casesOf(
    restfulApi(() => ({ deployment: 'minimum', watch: { cache: { port: 8379 } } })),
    'services.*(meditech/restful-api).',
    [['whenCacheIsDown', 'reload', 'condition']],
  ),
  ...casesOf(
    restfulApi(() => ({ checks: ['tcp'] })),
    'services.*(meditech/restful-api).',
    [['serverPort', 'runtime', 9443]],
  ),
  ...casesOf(
    restfulApi(() => ({ transaction })),
    'services.*(meditech/restful-api).transaction.',
    [
      ['clientId', 'none', 'aorta-check-b'],
      ['secretFile', 'none', 'certs/secret-b'],
      ['scope', 'none', 'system/Organization.read'],
      ['path', 'none', '/v1/uscore/R4/Organization/2'],
    ],
  ),
  ...casesOf(restfulApi(offload), 'services.*(meditech/restful-api).', [
    ['backendTrust', 'reload', { ca: 'certs/ca.pem' }, { tls: 'bridging' }],
    ['trustedSegment', 'none', 'server VLAN 120'],
  ]),
  ...casesOf(
    restfulApi(() => ({ backendTrust: { verify: 'none', reason: 'replaced in March' } })),
    'services.*(meditech/restful-api).backendTrust.',
    [['reason', 'none', 'replaced in September']],
  ),
  ...casesOf(
    restfulApi((ground) => ({ apps: undefined, trusted: trusted(ground) })),
    'services.*(meditech/restful-api).',
    [
      ['apps', 'reload', apps, { trusted: undefined }],
      ...endpoint.map(([key, ...rest]) => [`trusted.${key}`, ...rest] as const),
      ['trusted.allow', 'runtime', ['10.30.0.0/17', '2001:db8:30::/48']],
    ],
  ),
];
