import type { EstateDescription } from '../../lab/estate.ts';

export type Deployment = 'recommended' | 'minimum';

export interface EstateDeclarationOptions {
  readonly deployment: Deployment;
  /** The virtual addresses of the two services. */
  readonly addresses: { readonly apis: string; readonly second: string };
  /** Networks of the `trusted` service, which then stands where `apps` would. */
  readonly allow?: readonly string[];
  /** Further parameters of the blueprint, or others in place of those that are written by default. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Few enough for the open files that a small machine allows. */
const maxConnections = 500;

/** The declaration that an operator would write for a simulated estate. */
export function estateDeclaration(
  estate: EstateDescription,
  { deployment, addresses, allow, parameters = {} }: EstateDeclarationOptions,
): object {
  const { tls, hostnames, certificates, ca } = estate;
  const machinesWith = (role: string) =>
    Object.fromEntries(
      estate.machines
        .filter(({ roles }) => roles.some((one) => one === role))
        .map((one) => [one.name, one.address]),
    );
  const second =
    allow === undefined
      ? { apps: { hostname: hostnames.apps, address: addresses.second, certificate: 'apps' } }
      : { trusted: { address: addresses.second, certificate: 'apis', allow } };
  return {
    aorta: 'v1',
    site: 'St. Elsewhere',
    certificates: {
      apis: { pem: certificates.apis.pem },
      ...(allow === undefined ? { apps: { pem: certificates.apps.pem } } : {}),
    },
    services: {
      live: {
        blueprint: 'meditech/restful-api',
        deployment,
        tls,
        maxConnections,
        apis: { hostname: hostnames.apis, address: addresses.apis, certificate: 'apis' },
        ...second,
        apiServers: machinesWith('api'),
        // In the minimum deployment the Cache service has no machines of its own.
        ...(deployment === 'recommended' ? { cacheServers: machinesWith('cache') } : {}),
        platformService: machinesWith('platform-service'),
        fileLibrary: machinesWith('file-library'),
        monitorService: machinesWith('monitor-service'),
        watch: watchOf(estate),
        ...(tls === 'bridging'
          ? { backendTrust: { ca } }
          : { trustedSegment: 'loopback of the test machine' }),
        ...parameters,
      },
    },
  };
}

const watched = {
  cache: 'cache',
  platformService: 'platform-service',
  fileLibrary: 'file-library',
  monitorService: 'monitor-service',
} as const;

/** Where the services behind the API servers listen: the same port on every machine of a topology. */
function watchOf({ processes }: EstateDescription): object {
  return Object.fromEntries(
    Object.entries(watched).flatMap(([key, role]) => {
      const port = processes.find((one) => one.role === role)?.port;
      return port === undefined ? [] : [[key, { port }]];
    }),
  );
}
