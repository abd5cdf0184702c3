import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Estate, startEstate, type TlsMode } from '../../lab/estate.ts';
import { estateDeclaration } from './estate-declaration.ts';
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
  const declaration = {
    ...estateDeclaration(estate, {
      deployment: topology,
      addresses: { apis: `${prefix}.100`, second: `${prefix}.101` },
    }),
    virtualServices,
  };
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
