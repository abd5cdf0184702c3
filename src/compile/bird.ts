import type { BirdIr } from '../ir/bird.ts';
import { Bug } from '../kernel/bug.ts';
import { sha256 } from '../kernel/digest.ts';
import { deepFreeze } from '../kernel/freeze.ts';
import { byCodeUnits } from '../kernel/order.ts';
import { isIpv6 } from '../model/address.ts';
import type { Configuration, ConfiguredHa, ConfiguredNode } from '../model/configuration.ts';
import type { NodeFacts } from '../model/node.ts';

/** As for keepalived's adverts: three that are lost are a dead node, and a busy machine must not look dead. */
const bfdIntervals: Readonly<Record<ConfiguredHa['profile'], number>> = { fast: 200, 'vm-safe': 1_000 };

/**
 * Turns addresses that all nodes announce into what bird.conf will say on this node. Pure and total, as `compile` is.
 * @returns undefined when there are none, or this machine is no node: then BIRD has nothing to do here
 */
export function compileBird({ ha }: Configuration, { node, runtime }: NodeFacts): BirdIr | undefined {
  if (ha?.announce === undefined || node === undefined) return undefined;
  const own = ha.nodes.find(({ name }) => name === node.name);
  if (own === undefined) throw new Bug('this node passed validation but is none of the declared ones');
  const { localAs, routers, bfd } = ha.announce;
  const addresses = ha.groups.flatMap((group) => group.addresses).sort(byCodeUnits);
  return deepFreeze({
    routerId: routerIdOf(own),
    localAs,
    ipv4: addresses.filter((address) => !isIpv6(address)),
    ipv6: addresses.filter(isIpv6),
    sessions: routers
      .map(({ name, path, address, as }) => ({
        name,
        origin: path,
        router: address,
        routerAs: as,
        ...(isIpv6(address) === isIpv6(own.address) ? { source: own.address } : {}),
      }))
      .sort((a, b) => byCodeUnits(a.name, b.name)),
    ...(bfd ? { bfdInterval: bfdIntervals[ha.profile] } : {}),
    interface: node.interface,
    healthFile: runtime.birdHealthFile,
    withdrawalFile: runtime.birdWithdrawalFile,
  });
}

/** Of a node without an IPv4 address any number will do that no other one has; one that changed would end the sessions. */
function routerIdOf({ name, address }: ConfiguredNode): string {
  if (!isIpv6(address)) return address;
  const digest = Buffer.from(sha256(name), 'hex');
  // The first one is neither 0 nor that of a multicast address.
  return [1 + ((digest[0] ?? 0) % 223), digest[1], digest[2], digest[3]].join('.');
}
