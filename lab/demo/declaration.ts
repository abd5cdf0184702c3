import { relative } from 'node:path';
import { stringify } from 'yaml';
import type { EstateDescription } from '../estate.ts';
import type { Role } from '../topology.ts';
import type { Place } from './place.ts';

/** The groups of the declaration and the role of the machines in each. */
const groups = [
  ['apiServers', 'api'],
  ['cacheServers', 'cache'],
  ['platformService', 'platform-service'],
  ['fileLibrary', 'file-library'],
  ['monitorService', 'monitor-service'],
] as const satisfies readonly (readonly [string, Role])[];

/**
 * The declaration for an estate, as an operator would write it.
 * @param parameters further ones of the blueprint, or others in place of those that are written by default
 * @param others further keys of the declaration
 */
export function declarationFor(
  estate: EstateDescription,
  deployment: 'recommended' | 'minimum',
  place: Pick<Place, 'apis' | 'apps'> & { readonly segment?: string },
  parameters: Readonly<Record<string, unknown>> = {},
  others: Readonly<Record<string, unknown>> = {},
): string {
  const machines = Object.fromEntries(
    groups
      .filter(([group]) => deployment === 'recommended' || group !== 'cacheServers')
      .map(([group, role]) => [group, addressesOf(estate, role)]),
  );
  const trust =
    estate.tls === 'bridging'
      ? { backendTrust: { ca: estate.ca } }
      : { trustedSegment: place.segment ?? 'the loopback network of this machine' };
  const declaration = {
    aorta: 'v1',
    site: 'St. Elsewhere (simulated, synthetic patients only)',
    certificates: {
      apis: { pem: estate.certificates.apis.pem },
      apps: { pem: estate.certificates.apps.pem },
    },
    services: {
      live: {
        blueprint: 'meditech/restful-api',
        deployment,
        tls: estate.tls,
        apis: { hostname: estate.hostnames.apis, address: place.apis, certificate: 'apis' },
        apps: { hostname: estate.hostnames.apps, address: place.apps, certificate: 'apps' },
        ...machines,
        watch: watchOf(estate),
        ...trust,
        // A laptop, a container or a build machine may allow few open files.
        maxConnections: 500,
        ...parameters,
      },
    },
    ...others,
  };
  return `# Made by \`npm start\`; written again at each start.\n${stringify(declaration)}`;
}

/** Where the services behind the API servers listen: the same port on every machine of a topology. */
function watchOf({ processes }: EstateDescription): Record<string, { port: number }> {
  return Object.fromEntries(
    groups.flatMap(([group, role]) => {
      const port = processes.find((one) => one.role === role)?.port;
      const key = group === 'cacheServers' ? 'cache' : group;
      return group === 'apiServers' || port === undefined ? [] : [[key, { port }]];
    }),
  );
}

function addressesOf(estate: EstateDescription, role: Role): Record<string, string> {
  return Object.fromEntries(
    estate.machines.filter(({ roles }) => roles.includes(role)).map(({ name, address }) => [name, address]),
  );
}

/** A path as a person in that directory would type it. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
