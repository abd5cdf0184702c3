import type { KeepalivedIr, VrrpInstanceIr } from '../ir/keepalived.ts';
import { Bug } from '../kernel/bug.ts';
import { deepFreeze } from '../kernel/freeze.ts';
import { byCodeUnits } from '../kernel/order.ts';
import { isIpv6 } from '../model/address.ts';
import type { Configuration, ConfiguredGroup, ConfiguredHa, ConfiguredNode } from '../model/configuration.ts';
import type { NodeFacts, NodeIdentity } from '../model/node.ts';
import { mostNodes, succession } from '../model/succession.ts';

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

/** In points of priority, see {@link stepOf}. */
const widestStep = 10;

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
      .map((group) => compileGroup(group, ha, own, here, node.runtime.groupFiles))
      .sort((a, b) => byCodeUnits(a.name, b.name)),
    healthFile: node.runtime.healthFile,
    ...(node.processEvents === true ? { trackedProcess: 'haproxy' } : {}),
    ...(ha.gateway === undefined ? {} : { gateway: ha.gateway }),
  });
}

function compileGroup(
  group: ConfiguredGroup,
  { nodes, profile }: ConfiguredHa,
  own: ConfiguredNode,
  here: NodeIdentity,
  groupFiles: string,
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
    groupFile: `${groupFiles}${group.name}`,
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

/** No two have the same. */
function priorityOf(
  own: ConfiguredNode,
  { preferred }: ConfiguredGroup,
  nodes: readonly ConfiguredNode[],
): number {
  const order = succession(
    nodes.map(({ name }) => name),
    preferred,
  );
  return highestPriority - order.indexOf(own.name) * stepOf(nodes.length);
}

/**
 * How many points there are between two nodes. With two the one that stands by should follow at once. Of several, each
 * waits for a moment longer than the one before it: with a point between them, which is 0.8 ms, the wrong one took over in
 * 6 of 20 faults (measured).
 */
function stepOf(nodes: number): number {
  return nodes <= 2 ? 1 : Math.max(1, Math.min(widestStep, Math.floor(mostNodes / nodes)));
}
