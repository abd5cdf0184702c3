import { Secret } from '../../src/kernel/secret.ts';
import type { Configuration } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import type { NodeFacts, NodeSharing } from '../../src/model/node.ts';
import {
  address,
  configuration,
  httpListener,
  httpsListener,
  type Materials,
  name,
  port,
  server,
  service,
} from './configurations.ts';

/** What a machine adds to a configuration when state outlives a worker, or a node. */
interface SharedCase {
  readonly build: (materials: Materials) => Configuration;
  /** @param sharing the keys of the node */
  readonly facts: (sharing: NodeSharing, ticketKeysFile: string) => Partial<NodeFacts>;
}

/** The same bytes every time; good for comparing text. */
export const fixedSharing = (materials: Materials): NodeSharing => {
  const { chain, key } = materials.certificate('lb-a', []);
  const [authority = ''] = materials.authority('pair').certificates;
  return { authority, certificate: chain[0] ?? '', key: new Secret(key.reveal()) };
};

const servers = [server('api-1', '10.20.1.11', 80), server('api-2', '10.20.1.12', 80)];
const persistence = { type: 'sourceAddress', expire: duration('30m'), entries: 100_000 } as const;

function pair(own: readonly [string, string], other: readonly [string, string]): Configuration {
  const nodes = [own, other].map(([node, place]) => ({
    ...{ name: name(node), path: ['ha', 'nodes', node] },
    ...{ address: address(place), pairAddress: address(place) },
  }));
  return configuration([service('live', [httpListener('10.20.0.10', 80)], { servers, persistence })], {
    ha: { path: ['ha'], nodes, profile: 'fast', peersPort: port(7444), groups: [] },
  });
}

function node(own: string): SharedCase['facts'] {
  return (sharing) => ({ node: { name: name(own), interface: 'front' }, sharing });
}

/** Small cases, one for each thing that is said of it. */
export const sharedCases: Readonly<Record<string, SharedCase>> = {
  'peers.lb-a': {
    build: () => pair(['lb-a', '10.20.9.2'], ['lb-b', '10.20.9.3']),
    facts: node('lb-a'),
  },
  'peers.ipv6.lb-b': {
    build: () => pair(['lb-b', '2001:db8:9::3'], ['lb-a', '2001:db8:9::2']),
    facts: node('lb-b'),
  },
  'ticket-keys': {
    build: (materials) =>
      configuration(
        [
          service('live', [httpListener('10.20.0.10', 80), httpsListener('10.20.0.10', 443, 'live')], {
            servers,
          }),
        ],
        {
          certificates: [
            {
              name: name('live'),
              path: ['certificates', 'live'],
              material: materials.certificate('live', ['mtrestapis-live01.stelsewhere.example']),
            },
          ],
        },
      ),
    facts: (_, ticketKeysFile) => ({ ticketKeysFile }),
  },
};
