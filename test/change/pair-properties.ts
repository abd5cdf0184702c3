import { casesOf, type Ground, type PropertyCase, type Tree } from './property-case.ts';

/** Every property of the pair. */

const nodes = ({ address }: Ground) => ({ 'lb-a': { address: address(1) }, 'lb-b': { address: address(2) } });

function served({ name, address }: Ground): Tree {
  const listeners = [3, 4].map((index) => ({ protocol: 'http', address: address(index), port: 80 }));
  const servers = { one: { address: address(5), port: 8000 }, two: { address: address(6), port: 8000 } };
  return { virtualServices: { [name]: { listeners, maxConnections: 8, pool: { servers } } } };
}

function paired(ground: Ground): Tree {
  const { address } = ground;
  const main = { addresses: [address(3), address(4)] };
  return { ...served(ground), ha: { nodes: nodes(ground), groups: { main } } };
}

function announce({ address }: Ground): Tree {
  return { localAs: 65_010, routers: { core: { address: address(8), as: 65_001 } } };
}

function moving(ground: Ground): Tree {
  return { ...served(ground), ha: { nodes: nodes(ground) } };
}

function announced(ground: Ground): Tree {
  return { ...served(ground), ha: { nodes: nodes(ground), announce: announce(ground) } };
}

export const pairProperties: readonly PropertyCase[] = [
  ...casesOf(served, '', [['ha', 'runtime', (ground: Ground) => ({ nodes: nodes(ground) })]]),
  ...casesOf(paired, 'ha.', [
    ['nodes.*', 'runtime', ({ address }: Ground) => ({ address: address(7) })],
    ['nodes.*.address', 'runtime', ({ address }: Ground) => address(7)],
    // Without keys the nodes share nothing at it.
    ['nodes.*.pairAddress', 'none', ({ address }: Ground) => address(7)],
    ['peersPort', 'none', 7445],
    ['profile', 'runtime', 'vm-safe'],
    ['gateway', 'runtime', ({ address }: Ground) => address(7)],
    [
      'groups.*',
      'runtime',
      ({ address }: Ground) => ({ addresses: [address(4)] }),
      ({ address }: Ground) => ({ main: { addresses: [address(3)] } }),
    ],
    ['groups.*.addresses', 'runtime', ({ address }: Ground) => [3, 4, 7].map(address)],
    ['groups.*.preferred', 'runtime', 'lb-b'],
    ['groups.*.virtualRouterId', 'runtime', 90],
  ]),
  ...casesOf(moving, 'ha.', [['announce', 'runtime', announce]]),
  ...casesOf(announced, 'ha.announce.', [
    ['localAs', 'runtime', 65_020],
    ['bfd', 'runtime', false],
    ['routers.*', 'runtime', ({ address }: Ground) => ({ address: address(7), as: 65_001 })],
    ['routers.*.address', 'runtime', ({ address }: Ground) => address(7)],
    ['routers.*.as', 'runtime', 65_002],
  ]),
];

function sticking(ground: Ground): Tree {
  const { ha, virtualServices } = paired(ground);
  const services = virtualServices as Record<string, { pool: Tree }>;
  const live = services[ground.name];
  const pool = { ...live?.pool, persistence: { type: 'sourceAddress' } };
  return { ha, virtualServices: { [ground.name]: { ...live, pool } } };
}

/** What is felt once the nodes have keys, and a table to share. */
export const sharedProperties: readonly PropertyCase[] = casesOf(sticking, 'ha.', [
  ['nodes.*.address', 'reload', ({ address }: Ground) => address(7)],
  ['nodes.*.pairAddress', 'reload', ({ address }: Ground) => address(7)],
  ['peersPort', 'reload', 7445],
]);
