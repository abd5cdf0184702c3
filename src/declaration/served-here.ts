import type { Configuration } from '../model/configuration.ts';
import type { NodeFacts } from '../model/node.ts';

/**
 * The configuration as one node serves it: without listeners on the own addresses of other nodes, which it could not
 * bind. Services that have none of these stay the very same objects.
 */
export function servedHere(configuration: Configuration, { node }: NodeFacts): Configuration {
  const { ha, virtualServices } = configuration;
  if (ha === undefined || node === undefined) return configuration;
  const elsewhere = new Set(
    ha.nodes
      .filter(({ name }) => name !== node.name)
      .flatMap(({ address, pairAddress }) => [address, pairAddress]),
  );
  return {
    ...configuration,
    virtualServices: virtualServices.map((service) => {
      const listeners = service.listeners.filter(({ address }) => !elsewhere.has(address));
      return listeners.length === service.listeners.length ? service : { ...service, listeners };
    }),
  };
}
