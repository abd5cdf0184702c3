import { casesOf, type Ground, joined, type PropertyCase, type Tree } from './property-case.ts';

/** Every property of the model, but those of blueprints. */

const names = ['front.stelsewhere.example', 'other.stelsewhere.example'] as const;

interface Parts {
  readonly service?: Tree;
  readonly pool?: Tree;
  readonly sections?: Tree;
}

const server = (address: string) => ({ address, port: 8000 });

/** A service with as little as possible. */
function plain(parts: Parts = {}): (ground: Ground) => Tree {
  return ({ name, address }) => ({
    ...parts.sections,
    virtualServices: {
      [name]: {
        listeners: [{ protocol: 'http', address: address(0), port: 80 }],
        maxConnections: 8,
        ...parts.service,
        pool: { servers: { one: server(address(1)), two: server(address(2)) }, ...parts.pool },
      },
    },
  });
}

/** A service over https, with the certificate of a file, and another one that it does not use. */
function secure(parts: Parts = {}, certificate: Tree = { pem: 'certs/live.pem' }): (ground: Ground) => Tree {
  return (ground) => {
    const { name, address } = ground;
    const listeners = [
      { protocol: 'https', address: address(0), port: 443, certificates: [name] },
      { protocol: 'redirect', address: address(0), port: 80 },
    ];
    return plain({
      ...parts,
      service: { hostnames: [names[0]], listeners, ...parts.service },
      sections: { certificates: { [name]: certificate, [`${name}-b`]: { pem: 'certs/other.pem' } } },
    })(ground);
  };
}

/** A service with TLS to its servers, and two authorities to choose from. */
function bridging(tls: (ground: Ground) => Tree = verified, more: Tree = {}): (ground: Ground) => Tree {
  return (ground) =>
    plain({
      pool: { tls: tls(ground), ...more },
      sections: {
        authorities: {
          [ground.name]: { ca: 'certs/ca.pem' },
          [`${ground.name}-b`]: { ca: 'certs/ca-b.pem' },
        },
      },
    })(ground);
}
const verified = ({ name }: Ground) => ({ verify: 'required', authority: name, serverName: names[0] });
const unverified = () => ({ verify: 'none', reason: 'replaced in March' });

/** A service whose servers are hosts. */
const hosted = (ground: Ground): Tree => ({
  ...plain({ pool: { servers: { one: { host: ground.name, port: 8000 }, two: server(ground.address(2)) } } })(
    ground,
  ),
  hosts: { [ground.name]: { address: ground.address(1) } },
});

const limited = { exempt: ['10.30.4.7'], perSource: { requests: 600 }, perClient: { requests: 600 } };
/** The same, with ports of its host watched. */
function watched(...watch: readonly Tree[]): (ground: Ground) => Tree {
  return (ground) => ({
    ...hosted(ground),
    hosts: { [ground.name]: { address: ground.address(1), watch } },
  });
}

const rhythm = [
  ['port', 'reload', 8001],
  ['alsoPort', 'reload', { port: 8379 }],
  ['interval', 'reload', '10s'],
  ['fastInterval', 'reload', '1s'],
  ['downInterval', 'reload', '5s'],
  ['timeout', 'reload', '1s'],
  ['fall', 'reload', 4],
  ['rise', 'reload', 5],
] as const;
const request = [
  ['method', 'reload', 'HEAD'],
  ['path', 'reload', '/health/ready'],
  ['host', 'reload', 'health.stelsewhere.example'],
  ['expectStatus', 'reload', [204, 200]],
] as const;

const watchRequest = [
  ['path', 'reload', '/health/ready'],
  ['host', 'reload', 'health.stelsewhere.example'],
  ['expectStatus', 'reload', [204, 200]],
] as const;
const document = { type: 'document', path: '/version' };
const transaction = {
  type: 'transaction',
  tokenPath: '/token',
  clientId: 'aorta',
  clientSecret: { file: 'certs/secret' },
  path: '/orders',
};
const answer = [
  ['path', 'none', '/version/2?full=1'],
  ['host', 'none', 'health.stelsewhere.example'],
  ['accept', 'none', 'text/plain'],
  ['expectStatus', 'none', [204, 200]],
  ['expect[]', 'none', { pointer: '/name' }],
  ['maxBytes', 'none', 4096],
  ['interval', 'none', '5m'],
  ['timeout', 'none', '1s'],
  ['fall', 'none', 4],
  ['rise', 'none', 5],
] as const;

export const modelProperties: readonly PropertyCase[] = [
  ...casesOf(() => ({ site: 'St. Elsewhere' }), '', [['site', 'none', 'Krankenhaus München']]),
  ...casesOf(hosted, 'hosts.*', [
    ['', 'none', { address: '10.20.1.11' }],
    ['.address', 'runtime', ({ address }: Ground) => address(3)],
    ['.roles', 'none', ['web', 'cache']],
    ['.description', 'none', 'The first server'],
  ]),
  ...casesOf(watched(), 'hosts.*.', [['watch[]', 'reload', { type: 'tcp', port: 8379 }]]),
  ...casesOf(watched({ type: 'http', port: 8379 }), 'hosts.*.watch[]', [
    ['(tcp).type', 'reload', { type: 'tcp', port: 8379 }],
    ['(https).type', 'reload', { type: 'https', port: 8379 }],
  ]),
  ...casesOf(watched({ type: 'tcp', port: 8379 }), 'hosts.*.watch[]', [
    ['(http).type', 'reload', { type: 'http', port: 8379 }],
  ]),
  ...(['tcp', 'http', 'https'] as const).flatMap((type) =>
    casesOf(watched({ type, port: 8379 }), `hosts.*.watch[](${type}).`, [
      ['port', 'reload', 8380],
      ['role', 'none', 'server'],
      ['interval', 'reload', '10s'],
      ['timeout', 'reload', '2s'],
      ['fall', 'reload', 4],
      ['rise', 'reload', 5],
      ...(type === 'tcp' ? [] : watchRequest),
    ]),
  ),
  ...casesOf(watched({ type: 'tcp', port: 8379 }), 'virtualServices.*.', [
    ['dependsOn.*', 'none', ({ name }: Ground) => ({ hosts: [name] })],
  ]),
  ...casesOf(
    (ground) =>
      joined([
        plain({ service: { dependsOn: { server: { hosts: [ground.name] } } } })(ground),
        { hosts: watched({ type: 'tcp', port: 8379 })(ground)['hosts'] },
        {
          hosts: { [`${ground.name}-b`]: { address: ground.address(3), watch: [{ type: 'tcp', port: 1 }] } },
        },
      ]),
    'virtualServices.*.dependsOn.*.',
    [
      ['hosts', 'none', ({ name }: Ground) => [name, `${name}-b`]],
      ['needed', 'none', false],
      ['effect', 'none', 'Nobody can log in.'],
    ],
  ),
  ...casesOf(bridging(), 'authorities.*', [
    ['', 'none', { ca: 'certs/ca.pem' }],
    ['.ca', 'reload', 'certs/ca-b.pem'],
  ]),
  ...casesOf(secure(), 'certificates.*', [
    ['', 'none', { pem: 'certs/other.pem' }],
    ['.pem', 'runtime', 'certs/other.pem'],
    ['.pfx', 'runtime', 'certs/other.pfx', { pem: undefined, passwordFile: 'certs/password' }],
    ['.passwordFile', 'runtime', 'certs/password', { pem: 'certs/encrypted.pem' }],
  ]),
  ...casesOf(secure({}, { certificate: 'certs/live.crt', key: 'certs/live.key' }), 'certificates.*', [
    ['.certificate', 'runtime', 'certs/renewed.crt'],
    ['.key', 'runtime', 'certs/other.key', { certificate: 'certs/other.crt' }],
  ]),
  ...casesOf(plain(), 'virtualServices.*', [
    [
      '',
      'rebind',
      ({ name, address }: Ground) =>
        Object(plain()({ name, address: (index) => address(index + 3) })).virtualServices[name],
    ],
    ['.description', 'none', 'The portal for patients'],
    ['.hostnames', 'none', [...names]],
    [
      '.listeners[]',
      'rebind',
      ({ address }: Ground) => ({ protocol: 'http', address: address(3), port: 80 }),
    ],
    ['.accessList', 'reload', { allow: ['10.0.0.0/8', '2001:db8::/32'] }],
    ['.errorAnswers.retryAfter', 'reload', '2m'],
    ['.errorAnswers.fhirPaths', 'reload', ['/fhir']],
    ['.accessLog.pathWords', 'reload', ['health', 'ready']],
    ['.accessLog.clientAddress', 'reload', 'full'],
    ['.accessLog.requestIdHeader', 'reload', 'X-Request-Id'],
    ['.maxConnections', 'runtime', 7],
    ['.maxConnectionsPerSource', 'runtime', 7],
    ['.limits', 'reload', { perSource: { requests: 600 } }],
    ['.limits.exempt', 'reload', ['10.30.4.7', '2001:db8:30::/48']],
    ['.limits.perSource', 'reload', { requests: 600 }],
    ['.limits.perClient', 'reload', { requests: 600 }],
    ['.hsts', 'reload', {}],
  ]),
  ...casesOf(plain({ service: { hsts: {} } }), 'virtualServices.*.hsts.', [['maxAge', 'reload', '30d']]),
  ...casesOf(plain({ service: { limits: limited } }), 'virtualServices.*.limits.', [
    ['exempt', 'runtime', ['10.30.4.8']],
    ['perSource.requests', 'reload', 601],
    ['perSource.per', 'reload', '5m'],
    ['perSource.mode', 'reload', 'enforce'],
    ['perSource.concurrent', 'reload', 40],
    ['perClient.requests', 'reload', 601],
    ['perClient.per', 'reload', '5m'],
    ['perClient.mode', 'reload', 'enforce'],
  ]),
  ...casesOf(plain({ pool: { serverLimit: { requests: 50 } } }), 'virtualServices.*.pool.serverLimit.', [
    ['requests', 'runtime', 60],
    ['queue', 'reload', 10],
  ]),
  ...casesOf(plain({ service: { accessList: { allow: ['10.0.0.0/8'] } } }), 'virtualServices.*.accessList.', [
    ['allow', 'runtime', ['10.0.0.0/9', '2001:db8::/32']],
  ]),
  ...casesOf(plain(), 'virtualServices.*.timeouts.', [
    ['connect', 'reload', '500ms'],
    ['request', 'reload', '10s'],
    ['keepAlive', 'reload', '2m'],
    ['client', 'reload', '1m'],
    ['server', 'reload', '90s'],
    ['queue', 'reload', '1s'],
    ['tunnel', 'reload', '12h'],
    ['long', 'reload', { paths: ['$export'] }],
  ]),
  ...casesOf(
    plain({ service: { timeouts: { long: { paths: ['/v1/bulk'] } } } }),
    'virtualServices.*.timeouts.long.',
    [
      ['paths', 'reload', ['/v1/bulk/', '$export']],
      ['server', 'reload', '30m'],
    ],
  ),
  ...casesOf(secure(), 'virtualServices.*.listeners[]', [
    [
      '(http).protocol',
      'reload',
      ({ address }: Ground) => ({ protocol: 'http', address: address(0), port: 80 }),
    ],
    ['(https).address', 'rebind', ({ address }: Ground) => address(3)],
    ['(https).port', 'rebind', 8443],
    ['(https).certificates', 'runtime', ({ name }: Ground) => [name, `${name}-b`]],
    ['(https).alpn', 'reload', ['http/1.1']],
    ['(https).tls.minimumVersion', 'reload', 'TLSv1.3'],
    ['(redirect).address', 'rebind', ({ address }: Ground) => address(3)],
    ['(redirect).port', 'rebind', 8080],
    [
      '(https).protocol',
      'rebind',
      ({ name, address }: Ground) => ({
        protocol: 'https',
        address: address(0),
        port: 8443,
        certificates: [name],
      }),
    ],
  ]),
  ...casesOf(plain(), 'virtualServices.*.listeners[]', [
    ['(http).address', 'rebind', ({ address }: Ground) => address(3)],
    ['(http).port', 'rebind', 8080],
  ]),
  ...casesOf(
    (ground) => {
      const { name, address } = ground;
      const https = { protocol: 'https', address: address(0), port: 443, certificates: [name] };
      const http = { protocol: 'http', address: address(0), port: 80 };
      return secure({ service: { listeners: [https, http] } })(ground);
    },
    'virtualServices.*.listeners[]',
    [
      [
        '(redirect).protocol',
        'reload',
        ({ address }: Ground) => ({ protocol: 'redirect', address: address(0), port: 80 }),
      ],
    ],
  ),
  ...casesOf(plain(), 'virtualServices.*.pool.', [
    ['servers.*', 'runtime', ({ address }: Ground) => server(address(3))],
    ['servers.*.address', 'runtime', ({ address }: Ground) => address(3)],
    ['servers.*.port', 'runtime', 8001],
    ['servers.*.weight', 'runtime', 50],
    ['servers.*.weight', 'runtime', 0],
    ['servers.*.maxConnections', 'runtime', 50],
    ['balance', 'reload', 'roundrobin'],
    ['passiveCheck', 'reload', {}],
    ['serverLimit', 'reload', { requests: 50 }],
    ['trustedSegment', 'none', 'server VLAN 120'],
    ['retry.attempts', 'reload', 1],
    ['retry.safeMethodsOn', 'reload', ['502', '504']],
    ['whenAllFail', 'none', 'refuse'],
    ['endSessionsAfter', 'none', 'never'],
    ['outlierDetection', 'none', {}],
    ['trustedSegment', 'none', 'server VLAN 120'],
    ['retry.attempts', 'reload', 1],
    ['retry.safeMethodsOn', 'reload', ['502', '504']],
    ['retry.budget', 'none', 10],
    ['retry.unansweredWrites', 'reload', 'close'],
    ['connectionReuse.keepAtLeast', 'reload', 0],
    ['connectionReuse.idle', 'reload', '45s'],
    ['persistence(sourceAddress).type', 'reload', { type: 'sourceAddress' }],
    ['persistence(cookie).type', 'reload', { type: 'cookie' }],
    ['healthCheck(http).type', 'reload', { type: 'http' }],
    ['tls(none).verify', 'reload', unverified],
  ]),
  ...casesOf(plain({ pool: { passiveCheck: {} } }), 'virtualServices.*.pool.passiveCheck.', [
    ['errorLimit', 'reload', 7],
  ]),
  ...casesOf(plain({ pool: { outlierDetection: {} } }), 'virtualServices.*.pool.outlierDetection.', [
    ['errorShare', 'none', 40],
    ['minRequests', 'none', 8],
    ['penalty', 'none', '30s'],
    ['maxEjected', 'none', 30],
    ['slow', 'none', {}],
  ]),
  ...casesOf(
    plain({ pool: { outlierDetection: { slow: {} } } }),
    'virtualServices.*.pool.outlierDetection.slow.',
    [
      ['factor', 'none', 4],
      ['atLeast', 'none', '500ms'],
      ['weight', 'none', 10],
    ],
  ),
  ...casesOf(
    (ground) => ({ ...plain()(ground), hosts: { [ground.name]: { address: ground.address(3) } } }),
    'virtualServices.*.pool.servers.*.',
    [['host', 'runtime', ({ name }: Ground) => name, { address: undefined }]],
  ),
  ...casesOf(
    plain({ pool: { persistence: { type: 'sourceAddress' } } }),
    'virtualServices.*.pool.persistence(sourceAddress).',
    [
      ['expire', 'reload', '1d'],
      ['entries', 'reload', 200],
    ],
  ),
  ...casesOf(plain({ pool: { persistence: { type: 'cookie' } } }), 'virtualServices.*.pool.persistence', [
    ['(cookie).name', 'reload', 'PORTAL'],
    ['(cookie).idle', 'reload', '10m'],
    ['(cookie).life', 'reload', '1h'],
    ['(none).type', 'reload', { type: 'none' }],
  ]),
  ...casesOf(
    plain({ pool: { healthCheck: { type: 'tcp' } } }),
    'virtualServices.*.pool.healthCheck(tcp).',
    rhythm,
  ),
  ...(['tcp', 'http', 'https'] as const).flatMap((type) =>
    casesOf(
      (type === 'https' ? (check: Tree) => bridging(verified, check) : (pool: Tree) => plain({ pool }))({
        healthCheck: { type, alsoPort: { port: 8379 } },
      }),
      `virtualServices.*.pool.healthCheck(${type}).alsoPort.`,
      [
        ['port', 'reload', 8380],
        ['role', 'none', 'cache'],
      ],
    ),
  ),
  ...casesOf(plain({ pool: { healthCheck: { type: 'http' } } }), 'virtualServices.*.pool.healthCheck', [
    ...[...rhythm, ...request].map(([key, ...rest]) => [`(http).${key}`, ...rest] as const),
    ['(tcp).type', 'reload', { type: 'tcp', rise: 3 }],
  ]),
  ...casesOf(plain({ pool: { deepChecks: { one: document } } }), 'virtualServices.*.pool.deepChecks.*', [
    ['', 'none', transaction],
    ['(transaction).type', 'none', transaction],
    ...answer.map(([key, ...rest]) => [`(document).${key}`, ...rest] as const),
  ]),
  ...['document', 'transaction'].flatMap((type) =>
    casesOf(
      plain({
        pool: {
          deepChecks: {
            one: { ...(type === 'document' ? document : transaction), expect: [{ pointer: '/name' }] },
          },
        },
      }),
      `virtualServices.*.pool.deepChecks.*(${type}).expect[].`,
      [
        ['pointer', 'none', '/version'],
        ['equals', 'none', 'portal'],
      ],
    ),
  ),
  ...casesOf(plain({ pool: { deepChecks: { one: transaction } } }), 'virtualServices.*.pool.deepChecks.*', [
    ['(document).type', 'none', document],
    ...answer.map(([key, ...rest]) => [`(transaction).${key}`, ...rest] as const),
    ['(transaction).tokenPath', 'none', '/oauth/token'],
    ['(transaction).clientId', 'none', 'aorta-b'],
    ['(transaction).clientSecret.file', 'none', 'certs/secret-b'],
    ['(transaction).scope', 'none', 'orders.read'],
    ['(transaction).authentication', 'none', 'post'],
  ]),
  ...casesOf(bridging(), 'virtualServices.*.pool.', [
    ['healthCheck(https).type', 'reload', { type: 'https' }],
    ['tls(required).authority', 'reload', ({ name }: Ground) => `${name}-b`],
    ['tls(required).serverName', 'reload', names[1]],
  ]),
  ...casesOf(
    bridging(verified, { healthCheck: { type: 'https' } }),
    'virtualServices.*.pool.healthCheck(https).',
    [...rhythm, ...request, ['sni', 'reload', 'sni.stelsewhere.example']],
  ),
  ...casesOf(bridging(unverified), 'virtualServices.*.pool.tls', [
    ['(none).reason', 'none', 'replaced in September'],
    ['(none).serverName', 'reload', names[1]],
    ['(required).verify', 'reload', verified],
  ]),
];
