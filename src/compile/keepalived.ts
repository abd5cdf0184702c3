import type { KeepalivedIr, VrrpInstanceIr } from '../ir/keepalived.ts';
import { Bug } from '../kernel/bug.ts';
import { deepFreeze } from '../kernel/freeze.ts';
import { byCodeUnits } from '../kernel/order.ts';
import { isIpv6 } from '../model/address.ts';
import type { Configuration, ConfiguredGroup, ConfiguredHa, ConfiguredNode } from '../model/configuration.ts';
import type { NodeFacts, NodeIdentity } from '../model/node.ts';

/**
 * High priorities, because a standby waits `(256 - priority) / 256` of an advert before it takes over from a node that
 * resigns: with 253 that was 12 ms at an advert of 1 s, with 150 it was 414 ms (measured).
 */
const highestPriority = 254;

/**
 * Milliseconds between adverts; a node that is silent for three of them is dead. Measured: with 200 ms no false
 * takeover in 28 min on a saturated machine, with 100 ms ten.
 */
const advertIntervals: Readonly<Record<ConfiguredHa['profile'], number>> = { fast: 200, 'vm-safe': 1_000 };

/**
 * Turns the pair into what keepalived.conf will say on this node. Pure and total, as `compile` is.
 * @returns undefined when no address moves, or this machine is no node of a pair: then keepalived has nothing to do here
 */
export function compileKeepalived({ ha }: Configuration, node: NodeFacts): KeepalivedIr | undefined {
  if (ha === undefined || ha.announce !== undefined || node.node === undefined) return undefined;
  const here = node.node;
  const own = ha.nodes.find(({ name }) => name === here.name);
  if (own === undefined) throw new Bug('this node passed validation but is none of the pair');
  return deepFreeze({
    routerId: own.name,
    instances: ha.groups
      .map((group) => compileGroup(group, ha, own, here))
      .sort((a, b) => byCodeUnits(a.name, b.name)),
    healthFile: node.runtime.healthFile,
    handoverFile: node.runtime.handoverFile,
    ...(node.processEvents === true ? { trackedProcess: 'haproxy' } : {}),
    ...(ha.gateway === undefined ? {} : { gateway: ha.gateway }),
  });
}

function compileGroup(
  group: ConfiguredGroup,
  { nodes, profile }: ConfiguredHa,
  own: ConfiguredNode,
  here: NodeIdentity,
): VrrpInstanceIr {
  const addresses = [...group.addresses].sort(byCodeUnits);
  // Lists that differ are a permanent split brain for keepalived, so it compares one address only; all nodes choose the same.
  const anchor = addresses.find((address) => isIpv6(address) === isIpv6(own.address));
  if (anchor === undefined) throw new Bug('a group without an address of the family of the nodes');
  return {
    name: group.name,
    origin: group.path,
    virtualRouterId: group.virtualRouterId,
    interface: here.interface,
    ...(here.serverInterface === undefined ? {} : { serverInterface: here.serverInterface }),
    priority: priorityOf(own, group, nodes),
    preempt: group.preferred === own.name,
    advertInterval: advertIntervals[profile],
    source: own.address,
    peers: nodes
      .filter(({ name }) => name !== own.name)
      .map(({ address }) => address)
      .sort(byCodeUnits),
    anchor,
    excluded: addresses.filter((address) => address !== anchor),
  };
}

/** The preferred node first, then all by name; no two have the same. */
function priorityOf(
  own: ConfiguredNode,
  { preferred }: ConfiguredGroup,
  nodes: readonly ConfiguredNode[],
): number {
  const rank = (name: string) => (name === preferred ? '0' : '1') + name;
  const order = nodes.map(({ name }) => name).sort((a, b) => byCodeUnits(rank(a), rank(b)));
  return highestPriority - order.indexOf(own.name);
}
