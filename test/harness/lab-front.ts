import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Estate, startEstate, type TlsMode } from '../../lab/estate.ts';
import { type Product, startProduct } from './product.ts';

/** The real product before a real simulated estate. */
export interface LabFront {
  readonly estate: Estate;
  readonly product: Product;
  readonly declaration: object;
  readonly apis: VirtualEnd;
  readonly apps: VirtualEnd;
  stop(): Promise<void>;
}

/** Where clients reach a service, and whom they trust. */
export interface VirtualEnd {
  readonly address: string;
  readonly port: number;
  readonly hostname: string;
  /** PEM. */
  readonly ca: string;
}

export interface LabFrontOptions {
  readonly tls: TlsMode;
  readonly topology?: 'recommended' | 'minimum';
  readonly patients?: number;
  /** Services beside those of the blueprint, for the first three numbers of the network; 103 and up are free. */
  readonly virtualServices?: (prefix: string) => Record<string, unknown>;
}

/** Starts an estate on a network of its own, and the product before it. When it throws, nothing is left. */
export async function startLabFront(options: LabFrontOptions): Promise<LabFront> {
  const { tls, topology = 'recommended', patients = 30 } = options;
  const directory = await mkdtemp(join(tmpdir(), 'aorta-lab-'));
  const prefix = `127.${randomInt(64, 255)}.${randomInt(1, 255)}`;
  const remove = () => rm(directory, { recursive: true, force: true });
  const estate = await startEstate({ topology, tls, prefix, directory, patients }).catch(
    async (error: unknown) => {
      await remove();
      throw error;
    },
  );
  const virtualServices = options.virtualServices?.(prefix) ?? {};
  const declaration = { ...declare(estate, prefix, topology), virtualServices };
  try {
    const product = await startProduct(declaration);
    const ca = await readFile(estate.ca, 'utf8');
    const end = (last: number, hostname: string) => ({
      address: `${prefix}.${last}`,
      port: 443,
      hostname,
      ca,
    });
    return {
      estate,
      product,
      declaration,
      apis: end(100, estate.hostnames.apis),
      apps: end(101, estate.hostnames.apps),
      stop: async () => {
        try {
          await product.stop();
        } finally {
          await estate.stop();
          await remove();
        }
      },
    };
  } catch (error) {
    await estate.stop();
    await remove();
    throw error;
  }
}

function declare(estate: Estate, prefix: string, deployment: string): object {
  const withRole = (role: string) =>
    Object.fromEntries(
      estate.machines
        .filter(({ roles }) => roles.some((one) => one === role))
        .map(({ name, address }) => [name, address]),
    );
  return {
    aorta: 'v1',
    site: 'St. Elsewhere',
    certificates: {
      apis: { pem: estate.certificates.apis.pem },
      apps: { pem: estate.certificates.apps.pem },
    },
    services: {
      live: {
        blueprint: 'meditech/restful-api',
        deployment,
        tls: estate.tls,
        apis: { hostname: estate.hostnames.apis, address: `${prefix}.100`, certificate: 'apis' },
        apps: { hostname: estate.hostnames.apps, address: `${prefix}.101`, certificate: 'apps' },
        apiServers: withRole('api'),
        ...(deployment === 'recommended' ? { cacheServers: withRole('cache') } : {}),
        platformService: withRole('platform-service'),
        fileLibrary: withRole('file-library'),
        monitorService: withRole('monitor-service'),
        ...(estate.tls === 'bridging' ? { backendTrust: { ca: estate.ca } } : { trustedSegment: 'loopback' }),
        maxConnections: 500,
      },
    },
  };
}
