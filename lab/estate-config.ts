import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CertificateFiles, EstateCertificates } from './pki.ts';
import type { OAuthClient, ProcessConfig } from './servers/config.ts';
import { stableId } from './stable-id.ts';
import type { Role, Topology } from './topology.ts';

const LOGIN_USER = 'clinician-1';

interface ConfigureOptions {
  readonly tls: 'offload' | 'bridging';
  readonly prefix: string;
  readonly publicPort?: number;
  readonly patients?: number;
  readonly recordExecutions?: boolean;
}

export function machinesWith(topology: Topology, role: Role): string[] {
  return Object.entries(topology.machines).flatMap(([name, { services }]) =>
    services.some((one) => one.role === role) ? [name] : [],
  );
}

type Confidential = OAuthClient & { client_secret: string };

/** Registers one confidential and one public application; the secret is new on each start. */
export function makeClients(redirectUris: readonly string[]): [Confidential, OAuthClient] {
  const common = { response_types: ['code' as const], redirect_uris: [...redirectUris] };
  return [
    {
      ...common,
      client_id: 'lab-confidential',
      client_secret: randomBytes(24).toString('base64url'),
      client_name: 'Lab confidential application',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    },
    {
      ...common,
      client_id: 'lab-public',
      client_name: 'Lab public application',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    },
  ];
}

/** What each process of the topology is told. */
export async function configure(
  options: ConfigureOptions,
  topology: Topology,
  hostnames: { readonly apis: string; readonly apps: string },
  directory: string,
  certificates: EstateCertificates,
  clients: readonly OAuthClient[],
): Promise<ProcessConfig[]> {
  const address = (machine: string): string => `${options.prefix}.${topology.machines[machine]?.host}`;
  const urlOn = (machine: string, wanted: Role): string => {
    const port = topology.machines[machine]?.services.find(({ role }) => role === wanted)?.port;
    return `http://${address(machine)}:${port}`;
  };
  const urls = (role: Role): string[] => machinesWith(topology, role).map((machine) => urlOn(machine, role));
  const first = (role: Role): string => {
    const [url] = urls(role);
    if (url === undefined) throw new Error(`the topology was validated to have a ${role}`);
    return url;
  };
  const signing = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const jwk = await crypto.subtle.exportKey('jwk', signing.privateKey);
  // Equal on all API servers, so that any of them continues what another began.
  const oauth = {
    jwks: {
      keys: [{ kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y, d: jwk.d, alg: 'ES256', use: 'sig', kid: 'lab' }],
    },
    cookieKeys: [randomBytes(24).toString('base64url')],
    login: LOGIN_USER,
  };
  const population = { ...topology.population, patients: options.patients ?? topology.population.patients };
  const practitioner = stableId(population.seed, 'Practitioner', 0);

  return Object.entries(topology.machines).flatMap(([machine, { services }]) =>
    services.map((service, index): ProcessConfig => {
      const common = {
        name: index === 0 ? machine : `${machine}.${service.role}`,
        machine,
        address: address(machine),
      };
      switch (service.role) {
        case 'api': {
          const transport = service.transport ?? (options.tls === 'bridging' ? 'tls' : 'plain');
          const own = topology.machines[machine]?.services.some(({ role }) => role === 'cache') === true;
          const tls: Record<string, CertificateFiles> | undefined = certificates.servers[machine];
          return {
            ...common,
            role: 'api',
            port: service.port ?? (transport === 'tls' ? 443 : 80),
            ...(options.recordExecutions === true
              ? { executions: join(directory, `${common.name}.executions`) }
              : {}),
            ...(transport === 'tls' && tls !== undefined ? { tls: certificates.servers[machine] } : {}),
            hostnames: { ...hostnames },
            publicPort: options.publicPort ?? 443,
            population,
            cache: own ? urlOn(machine, 'cache') : first('cache'),
            platformService: first('platform-service'),
            fileLibrary: first('file-library'),
            monitorService: first('monitor-service'),
            oauth,
          };
        }
        case 'cache': {
          const others = urls('cache').filter((url) => url !== urlOn(machine, 'cache'));
          return {
            ...common,
            role: 'cache',
            port: service.port,
            peers: topology.caches === 'replicated' ? others : [],
          };
        }
        case 'platform-service':
          return {
            ...common,
            role: 'platform-service',
            port: service.port,
            clients: [...clients],
            users: [{ id: LOGIN_USER, name: 'Synthetic Clinician', practitioner }],
          };
        case 'file-library':
          return { ...common, role: 'file-library', port: service.port, storage: join(directory, 'files') };
        case 'monitor-service':
          return { ...common, role: 'monitor-service', port: service.port };
        default:
          return service satisfies never;
      }
    }),
  );
}
