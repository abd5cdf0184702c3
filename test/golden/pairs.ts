import type { Configuration, ConfiguredGroup, ConfiguredHa } from '../../src/model/configuration.ts';
import type { NodeFacts, NodeIdentity } from '../../src/model/node.ts';
import { runtimeIn } from '../../src/model/node-fixture.ts';
import { address, configuration, httpListener, name, port, server, service } from './configurations.ts';

/** Where keepalived finds its files in the goldens. */
const runtime: NodeFacts['runtime'] = {
  ...runtimeIn('/run/aorta'),
  // BIRD refuses a file in a directory that is not there.
  birdHealthFile: '/run/aorta-bird-health',
  birdWithdrawalFile: '/run/aorta-bird-withdrawal',
};

/** One node of a pair, with what the declaration says of all of them. */
export interface PairCase {
  readonly configuration: Configuration;
  readonly node: NodeFacts & { readonly node: NodeIdentity };
}

export function nodes(places: Readonly<Record<string, string>>): ConfiguredHa['nodes'] {
  return Object.entries(places).map(([node, place]) => ({
    name: name(node),
    path: ['ha', 'nodes', node],
    address: address(place),
    pairAddress: address(place),
  }));
}

export function group(
  groupName: string,
  virtualRouterId: number,
  addresses: readonly string[],
  preferred?: string,
): ConfiguredGroup {
  return {
    name: name(groupName),
    path: ['ha', 'groups', groupName],
    addresses: addresses.map(address),
    virtualRouterId,
    ...(preferred === undefined ? {} : { preferred: name(preferred) }),
  };
}

export function pair(
  node: string,
  ha: Partial<ConfiguredHa> & Pick<ConfiguredHa, 'groups'>,
  interfaces: Omit<NodeIdentity, 'name'> = { interface: 'front' },
  processEvents = true,
): PairCase {
  const listeners = ha.groups.flatMap((one) => one.addresses).map((place) => httpListener(place, 80));
  return {
    configuration: configuration(
      [service('live', listeners, { servers: [server('api-1', '10.20.1.11', 80)] })],
      { ha: { path: ['ha'], nodes: two, profile: 'fast', peersPort: port(7444), ...ha } },
    ),
    node: { runtime, processEvents, node: { name: name(node), ...interfaces } },
  };
}

const two = nodes({ 'lb-a': '10.20.0.2', 'lb-b': '10.20.0.3' });
const three = nodes({ 'lb-a': '10.20.0.2', 'lb-b': '10.20.0.3', 'lb-c': '10.20.0.4' });
const one = [group('main', 51, ['10.20.0.10', '10.20.0.11'])];
const both = { interface: 'front', serverInterface: 'back' };
const several = [
  group('apis', 51, ['10.20.0.10'], 'lb-b'),
  group('apps', 52, ['10.20.0.11'], 'lb-c'),
  group('trusted', 7, ['10.20.0.12']),
];

/** Small cases, one for each thing that keepalived.conf can say. */
export const pairs: Readonly<Record<string, PairCase>> = {
  'fast.lb-a': pair('lb-a', { groups: one, gateway: address('10.20.0.1') }, both),
  'fast.lb-b': pair('lb-b', { groups: one, gateway: address('10.20.0.1') }, both),
  'vm-safe.lb-b': pair('lb-b', { groups: one, profile: 'vm-safe' }),
  'preferred.lb-a': pair('lb-a', { groups: [group('main', 60, ['10.20.0.10'], 'lb-b')] }),
  'preferred.lb-b': pair('lb-b', { groups: [group('main', 60, ['10.20.0.10'], 'lb-b')] }),
  'several-groups.lb-a': pair('lb-a', { groups: several, nodes: three }),
  'several-groups.lb-b': pair('lb-b', { groups: several, nodes: three }),
  'several-groups.lb-c': pair('lb-c', { groups: several, nodes: three }),
  // The anchor is of the family of the nodes, although another address comes first.
  'two-families.lb-a': pair('lb-a', {
    groups: [group('main', 51, ['10.20.0.11', '10.20.0.9', '2001:db8::10', '0:1::'])],
  }),
  // As in a container: keepalived cannot be told that HAProxy died, so only the watchdog tells it.
  'no-process-events.lb-a': pair('lb-a', { groups: one }, { interface: 'front' }, false),
  'ipv6.lb-a': pair('lb-a', {
    nodes: nodes({ 'lb-a': '2001:db8::2', 'lb-b': '2001:db8::3' }),
    gateway: address('2001:db8::1'),
    groups: [group('main', 51, ['2001:db8::10', '10.20.0.10'])],
  }),
};
