import { join, resolve } from 'node:path';
import { declarationFor } from '../demo/declaration.ts';
import { startEstate } from '../estate.ts';
import type { InsideOrder } from './inside-order.ts';
import { LoopbackLinks } from './links.ts';
import { takePrecedence } from './precedence.ts';
import { Product } from './product.ts';
import type { Setting } from './setting.ts';
import { StatusWatch } from './status-watch.ts';

const PREFIX = '127.77.13';
const place = { prefix: PREFIX, apis: `${PREFIX}.1`, apps: `${PREFIX}.2` };
const root = resolve(import.meta.dirname, '..', '..');

/** One balancer, in service, before an estate whose machines are loopback addresses of this room. */
export async function openLoopback(
  directory: string,
  { scenario, variant }: InsideOrder,
  say: (text: string) => void,
): Promise<Setting> {
  const links = new LoopbackLinks(directory, (names) => [
    ...new Set(estate.processes.flatMap(({ name, address }) => (names.includes(name) ? [address] : []))),
  ]);
  await links.prepare();
  say('starting the estate');
  const estateDirectory = join(directory, 'estate');
  const estate = await startEstate({
    topology: variant.topology,
    tls: variant.tls,
    prefix: PREFIX,
    directory: estateDirectory,
    recordExecutions: true,
  });
  const deployment = variant.topology === 'recommended' ? 'recommended' : 'minimum';
  const product = new Product(root, directory, (parameters) =>
    declarationFor(estate, deployment, place, {
      maxConnections: 1_500,
      ...scenario.parameters,
      ...parameters,
    }),
  );
  say('starting Aorta');
  // Before and after: each starts processes in sessions of its own.
  await takePrecedence();
  await product.up();
  const watch = new StatusWatch(join(product.state, 'run', 'control.sock'));
  await watch.untilHealthy();
  return {
    estate,
    estateDirectory,
    clients: {
      reached: { address: place.apis, port: 443, hostname: estate.hostnames.apis },
      sources: '127.90.0',
      crowd: '127.91.0.1',
      entrance: [],
    },
    links,
    product,
    startWatching: () => watch.start(),
    stopWatching: async () => {
      await watch.stop();
      return watch.samples;
    },
  };
}
