import { sortedEntries } from '../../../kernel/order.ts';
import type { Path } from '../../../kernel/path.ts';
import type { ClientLimits } from '../../../model/client-limits.ts';
import { type Duration, formatDuration } from '../../../model/duration.ts';
import type { Fragment } from '../../blueprint.ts';
import type { NotedTree } from '../../noted.ts';
import { from, known } from '../../noted.ts';
import { dependsOn, watchesOf } from './dependencies.ts';
import { deepChecks, healthCheck } from './ladder.ts';
import type { Parameters } from './parameters.ts';
import { pathWords } from './path-words.ts';
import { sources } from './sources.ts';

/** The groups of machines and the role that each has, as parameters name them. */
const groups = [
  ['apiServers', 'api'],
  ['cacheServers', 'cache'],
  ['platformService', 'platform-service'],
  ['fileLibrary', 'file-library'],
  ['monitorService', 'monitor-service'],
] as const;

/** Parameters to declaration: two virtual services over the same API servers, and the machines behind them. */
export function expand(parameters: Parameters, service: string): Fragment {
  const { apis, apps, trusted } = parameters;
  const virtualServices: Record<string, NotedTree> = {
    [`${service}-apis`]: virtualService(parameters, service, 'apis', apis, apis.hostname),
  };
  if (apps !== undefined) {
    virtualServices[`${service}-apps`] = virtualService(parameters, service, 'apps', apps, apps.hostname);
  }
  if (trusted !== undefined) {
    const hostname = trusted.hostname ?? apis.hostname;
    virtualServices[`${service}-trusted`] = virtualService(
      parameters,
      service,
      'trusted',
      trusted,
      hostname,
      trusted.allow,
    );
  }
  const ca = parameters.tls === 'bridging' ? parameters.backendTrust?.ca : undefined;
  return {
    hosts: hosts(parameters),
    authorities:
      ca === undefined ? {} : { [authorityName(service)]: { ca: from(['backendTrust', 'ca'], ca) } },
    virtualServices,
  };
}

function authorityName(service: string): string {
  return `${service}-servers`;
}

/** One host a machine, with every role it was given; the minimum deployment adds the cache to each API server. */
function hosts(parameters: Parameters): Record<string, NotedTree> {
  const found = new Map<string, { address: NotedTree; roles: string[]; path: Path }>();
  for (const [group, role] of groups) {
    for (const [name, address] of sortedEntries(parameters[group])) {
      const roles = role === 'api' && parameters.deployment === 'minimum' ? ['api', 'cache'] : [role];
      const host = found.get(name);
      if (host === undefined)
        found.set(name, { address: from([group, name], address), roles, path: [group, name] });
      else host.roles.push(...roles.filter((one) => !host.roles.includes(one)));
    }
  }
  return Object.fromEntries(
    [...found].map(([name, { address, roles, path }]) => [
      name,
      from(path, { address, roles: known(roles, sources.roles), watch: watchesOf(parameters, name) }),
    ]),
  );
}

type Kind = 'apis' | 'apps' | 'trusted';

function virtualService(
  parameters: Parameters,
  service: string,
  kind: Kind,
  endpoint: {
    readonly address: string;
    readonly port: number;
    readonly redirectPort: number;
    readonly certificate: string;
  },
  hostname: string,
  allow?: readonly string[],
): NotedTree {
  const at = (key: string): Path => [kind, key];
  const address = from(at('address'), endpoint.address);
  return from([kind], {
    hostnames: from(at('hostname'), [hostname]),
    listeners: known(
      [
        {
          protocol: 'https',
          address,
          port: from(at('port'), endpoint.port),
          certificates: from(at('certificate'), [endpoint.certificate]),
        },
        { protocol: 'redirect', address, port: from(at('redirectPort'), endpoint.redirectPort) },
      ],
      sources.layer7,
    ),
    accessList: allow === undefined ? undefined : { allow: from(at('allow'), allow) },
    pool: pool(parameters, service, hostname),
    dependsOn: dependsOn(parameters),
    timeouts: {
      connect: known('1s', sources.connect),
      request: known('30s', sources.requestHeaders),
      keepAlive: known('75s', sources.keepAlive),
      client: known('60s', sources.client),
      server: known('300s', sources.server),
      queue: known('30s', sources.queue),
      tunnel: known('1h', sources.tunnel),
      long: {
        paths: known(['$export', 'bulk-data-files', 'Binary'], sources.long),
        server: known('1h', sources.long),
      },
    },
    hsts: { maxAge: known('365d', sources.hsts) },
    errorAnswers: {
      fhirPaths: known(['/v1/uscore', '/v2/uscore', '/v1/argonaut', '/v2/argonaut'], sources.fhirPaths),
    },
    accessLog: {
      pathWords: known(pathWords, sources.pathWords),
      requestIdHeader: known('mtrestapi-requestid', sources.requestId),
    },
    maxConnections: from(['maxConnections'], parameters.maxConnections),
    maxConnectionsPerSource:
      parameters.maxConnectionsPerSource === undefined
        ? undefined
        : from(['maxConnectionsPerSource'], parameters.maxConnectionsPerSource),
    limits: parameters.limits === undefined ? undefined : from(['limits'], limits(parameters.limits)),
  });
}

/** As they were written: in a declaration times have units. */
function limits({ perSource, perClient, exempt }: ClientLimits): NotedTree {
  const spelled = <T extends { readonly per: Duration }>(limit: T) => ({
    ...limit,
    per: formatDuration(limit.per),
  });
  return {
    perSource: perSource === undefined ? undefined : spelled(perSource),
    perClient: perClient === undefined ? undefined : spelled(perClient),
    exempt,
  };
}

function pool(parameters: Parameters, service: string, hostname: string): NotedTree {
  const bridging = parameters.tls === 'bridging';
  const port =
    parameters.serverPort === undefined
      ? known(bridging ? 443 : 80, bridging ? sources.bridging : sources.offload)
      : from(['serverPort'], parameters.serverPort);
  return {
    servers: from(
      ['apiServers'],
      Object.fromEntries(
        sortedEntries(parameters.apiServers).map(([name]) => [
          name,
          from(['apiServers', name], { host: name, port }),
        ]),
      ),
    ),
    balance: known('leastconn', sources.stateless),
    persistence: persistence(parameters),
    healthCheck: healthCheck(parameters, hostname),
    deepChecks: deepChecks(parameters, hostname),
    passiveCheck: { errorLimit: known(3, sources.passive) },
    outlierDetection: {
      errorShare: known(25, sources.outliers),
      minRequests: known(5, sources.outliers),
      penalty: known('10s', sources.outliers),
      maxEjected: known(50, sources.outliers),
      slow: {
        factor: known(3, sources.slow),
        atLeast: known('200ms', sources.slow),
        weight: known(25, sources.slow),
      },
    },
    tls: bridging ? serverTls(parameters, service, hostname) : undefined,
    trustedSegment:
      bridging || parameters.trustedSegment === undefined
        ? undefined
        : from(['trustedSegment'], parameters.trustedSegment),
    serverLimit: {
      requests: from(['serverRequests'], parameters.serverRequests),
      queue: from(['serverQueue'], parameters.serverQueue),
    },
    retry: {
      attempts: known(3, sources.retry),
      safeMethodsOn: known(['empty-response', '502', '503'], sources.retry),
      budget: known(20, sources.retryBudget),
    },
  };
}

function persistence(parameters: Parameters): NotedTree {
  if (parameters.persistence === 'none') return known({ type: 'none' }, sources.stateless);
  return from(['persistence'], { type: 'sourceAddress', expire: known('30m', sources.persistence) });
}

function serverTls(parameters: Parameters, service: string, hostname: string): NotedTree {
  const trust = parameters.backendTrust;
  const serverName =
    trust?.serverName === undefined
      ? known(hostname, sources.sni)
      : from(['backendTrust', 'serverName'], trust.serverName);
  if (trust?.verify === 'none') {
    return from(['backendTrust'], {
      verify: from(['backendTrust', 'verify'], 'none'),
      reason: trust.reason === undefined ? undefined : from(['backendTrust', 'reason'], trust.reason),
      serverName,
    });
  }
  return from(['backendTrust'], {
    verify: known('required', sources.verified),
    authority: from(['backendTrust', 'ca'], authorityName(service)),
    serverName,
  });
}
