import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from '../../src/cli/load.ts';
import { compile } from '../../src/compile/compile.ts';
import type { Configuration } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import type { HealthCheck } from '../../src/model/health-check.ts';
import type { Timeouts } from '../../src/model/timeouts.ts';
import { render } from '../../src/render/render.ts';
import { makeAuthority, type TestCertificate } from '../harness/certificates.ts';
import { type RunningHaproxy, withDirectory, withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import type { RawEnd } from '../harness/raw-request.ts';
import { type StrictServer, startStrictServer } from './strict-server.ts';

export interface Front<S> {
  readonly haproxy: RunningHaproxy;
  readonly apis: RawEnd & { readonly ca: string };
  readonly redirect: RawEnd;
  readonly servers: readonly S[];
}
export type HostileFront = Front<StrictServer>;

export interface FrontOptions {
  readonly tls: 'offload' | 'bridging';
  readonly timeouts?: Partial<Record<keyof Timeouts, Parameters<typeof duration>[0]>>;
  readonly maxConnections?: number;
}

/** A server on port 8000 of its address. */
interface AnyServer {
  readonly address: string;
  close(): Promise<void>;
}

const hostname = 'mtrestapis-live01.stelsewhere.example';

/** {@link withFront} before two servers that read bytes. */
export function withHostileFront<T>(
  options: FrontOptions,
  use: (front: HostileFront) => Promise<T>,
): Promise<T> {
  return withFront(
    options,
    (certificate) => Promise.all([startStrictServer(certificate), startStrictServer(certificate)]),
    use,
  );
}

/** The blueprint as an operator would write it, on a real HAProxy. Afterwards servers and HAProxy are gone. */
export async function withFront<T, S extends AnyServer>(
  { tls, timeouts = {}, maxConnections = 500 }: FrontOptions,
  start: (certificate: TestCertificate | undefined) => Promise<readonly S[]>,
  use: (front: Front<S>) => Promise<T>,
): Promise<T> {
  const authority = await makeAuthority();
  const live = await authority.issue([hostname, 'mtrestapps-live01.stelsewhere.example']);
  const ca = authority.material.certificates.join('\n');
  const certificate = tls === 'bridging' ? live : undefined;
  const servers = await start(certificate);
  const [apis, apps] = [loopbackAddress(), loopbackAddress()];
  try {
    return await withDirectory(async (directory) => {
      await writeFile(join(directory, 'live.pem'), live.certificate + live.key, { mode: 0o600 });
      await writeFile(join(directory, 'ca.pem'), ca);
      const declaration = {
        aorta: 'v1',
        site: 'St. Elsewhere',
        certificates: { live: { pem: 'live.pem' } },
        services: {
          live: {
            blueprint: 'meditech/restful-api',
            deployment: 'minimum',
            tls,
            apis: { hostname, address: apis, certificate: 'live' },
            apps: {
              hostname: 'mtrestapps-live01.stelsewhere.example',
              address: apps,
              certificate: 'live',
            },
            apiServers: Object.fromEntries(
              servers.map(({ address }, index) => [`api-${index + 1}`, address]),
            ),
            platformService: { 'platform-1': '127.255.3.11' },
            fileLibrary: { 'files-1': '127.255.3.12' },
            monitorService: { 'monitor-1': '127.255.3.13' },
            serverPort: 8000,
            maxConnections,
            // Attackers and regular clients come from one address here, so that the share of a source helps nobody.
            maxConnectionsPerSource: maxConnections,
            ...(tls === 'bridging'
              ? { backendTrust: { ca: 'ca.pem', serverName: hostname } }
              : { trustedSegment: 'loopback of the test machine' }),
          },
        },
      };
      const file = join(directory, 'aorta.yaml');
      await writeFile(file, JSON.stringify(declaration));
      const { configuration, diagnostics } = await load(file, Date.now());
      if (configuration === undefined) throw new Error(JSON.stringify(diagnostics));
      return withHaproxy(
        (node) => render(compile(withTimeouts(configuration, timeouts), node)),
        (haproxy) =>
          use({
            haproxy,
            servers,
            apis: { address: apis, port: 443, hostname, ca },
            redirect: { address: apis, port: 80, hostname },
          }),
      );
    });
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

function answering200(check: HealthCheck): HealthCheck {
  return check.type === 'tcp' ? check : { ...check, expectStatus: [200] };
}

/** The time limits of the blueprint are too long for a test; nothing else of it is changed. */
function withTimeouts(
  configuration: Configuration,
  timeouts: NonNullable<FrontOptions['timeouts']>,
): Configuration {
  const shorter = Object.fromEntries(Object.entries(timeouts).map(([name, text]) => [name, duration(text)]));
  return {
    ...configuration,
    virtualServices: configuration.virtualServices.map((service) => ({
      ...service,
      // Nobody comes by the other name; its descriptors are for the attackers.
      ...(service.name === 'live-apps' ? { maxConnections: 100 } : {}),
      timeouts: { ...service.timeouts, ...shorter },
      // These servers answer everything that is well-formed with 200, a check too.
      pool: { ...service.pool, healthCheck: answering200(service.pool.healthCheck) },
    })),
  };
}
