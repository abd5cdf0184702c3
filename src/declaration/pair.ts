import { byCodeUnits, sortedEntries } from '../kernel/order.ts';
import type { Path } from '../kernel/path.ts';
import { type Address, isWildcard } from '../model/address.ts';
import type { ConfiguredAnnouncement, ConfiguredGroup, ConfiguredHa } from '../model/configuration.ts';
import type { Ha } from '../model/ha.ts';
import type { Name } from '../model/name.ts';
import type { Draft } from './draft.ts';
import { sound } from './rules/rule.ts';

/** Where `ha` stands in a declaration. */
export const haPath: Path = ['ha'];
export const nodesPath: Path = [...haPath, 'nodes'];
export const groupsPath: Path = [...haPath, 'groups'];
export const gatewayPath: Path = [...haPath, 'gateway'];
export const announcePath: Path = [...haPath, 'announce'];
export const routersPath: Path = [...announcePath, 'routers'];

/** The name of the group that there is when none is written. */
const onlyGroup = 'main' as Name;
const firstRouterId = 51;

/** A listener's address that more than one machine could serve, and where it stands. */
interface MovableAddress {
  readonly address: Address;
  readonly path: Path;
}

/** The addresses at which the machines themselves are reached; they do not move. */
export function ownAddresses({ nodes }: Ha): ReadonlySet<Address> {
  return new Set(
    Object.values(nodes).flatMap(({ address, pairAddress }) =>
      pairAddress === undefined ? [address] : [address, pairAddress],
    ),
  );
}

/** The addresses of all listeners but those that are every machine's, or one machine's own. */
export function* movableAddresses(ha: Ha, draft: Draft): Generator<MovableAddress> {
  const own = ownAddresses(ha);
  for (const { path, value } of sound(draft.virtualServices)) {
    for (const [index, { address }] of value.listeners.entries()) {
      if (isWildcard(address) || own.has(address)) continue;
      yield { address, path: [...path, 'listeners', index, 'address'] };
    }
  }
}

/** The groups with everything that was not written, sorted by name. Without listeners there may be none. */
export function settledGroups(ha: Ha, draft: Draft): ConfiguredGroup[] {
  if (ha.groups === undefined) {
    const addresses = sortedSet([...movableAddresses(ha, draft)].map(({ address }) => address));
    if (addresses.length === 0) return [];
    return [{ name: onlyGroup, path: [...groupsPath, onlyGroup], addresses, virtualRouterId: firstRouterId }];
  }
  return sortedEntries(ha.groups).map(([name, { addresses, preferred, virtualRouterId }], index) => ({
    name: name as Name,
    path: [...groupsPath, name],
    addresses: sortedSet(addresses),
    ...(preferred === undefined ? {} : { preferred }),
    virtualRouterId: virtualRouterId ?? firstRouterId + index,
  }));
}

/** The pair of a declaration that passed validation. */
export function toConfiguredHa(ha: Ha, draft: Draft): ConfiguredHa {
  return {
    path: haPath,
    nodes: sortedEntries(ha.nodes).map(([name, { address, pairAddress = address }]) => ({
      name: name as Name,
      path: [...nodesPath, name],
      address,
      pairAddress,
    })),
    profile: ha.profile,
    ...(ha.gateway === undefined ? {} : { gateway: ha.gateway }),
    peersPort: ha.peersPort,
    groups: settledGroups(ha, draft),
    ...(ha.announce === undefined ? {} : { announce: toConfiguredAnnouncement(ha.announce) }),
  };
}

function toConfiguredAnnouncement({
  localAs,
  routers,
  bfd,
}: NonNullable<Ha['announce']>): ConfiguredAnnouncement {
  return {
    path: announcePath,
    localAs,
    routers: sortedEntries(routers).map(([name, { address, as }]) => ({
      name: name as Name,
      path: [...routersPath, name],
      address,
      as,
    })),
    bfd,
  };
}

function sortedSet(addresses: readonly Address[]): Address[] {
  return [...new Set(addresses)].sort(byCodeUnits);
}
