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

export const pairProperties: readonly PropertyCase[] = [
  ...casesOf(served, '', [['ha', 'runtime', (ground: Ground) => ({ nodes: nodes(ground) })]]),
  ...casesOf(paired, 'ha.', [
    ['nodes.*', 'runtime', ({ address }: Ground) => ({ address: address(7) })],
    ['nodes.*.address', 'runtime', ({ address }: Ground) => address(7)],
    // The nodes share nothing at it yet that would be written anywhere.
    ['nodes.*.pairAddress', 'none', ({ address }: Ground) => address(7)],
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
];
