import type { Finding } from '../../kernel/diagnostic.ts';
import type { Path } from '../../kernel/path.ts';
import { type Address, isIpv6, isWildcard } from '../../model/address.ts';
import type { Ha } from '../../model/ha.ts';
import type { Draft } from '../draft.ts';
import {
  gatewayPath,
  groupsPath,
  haPath,
  movableAddresses,
  nodesPath,
  routersPath,
  settledGroups,
} from '../pair.ts';
import { sound } from './rule.ts';

/** Every address of a pair belongs to one node or moves with one group. */
export function* pairAddresses(draft: Draft): Generator<Finding> {
  const ha = draft.ha?.value;
  if (ha === undefined) return;
  yield* owners(ha);
  yield* families(ha, draft);
  yield* listeners(ha, draft);
  yield* peersPort(ha, draft);
}

/** Where the nodes hand each other their tables, nobody else may listen. */
function* peersPort({ nodes, peersPort: port }: Ha, draft: Draft): Generator<Finding> {
  const places = new Set(Object.values(nodes).map(({ address, pairAddress = address }) => pairAddress));
  for (const { path, value } of sound(draft.virtualServices)) {
    for (const [index, listener] of value.listeners.entries()) {
      if (listener.port !== port || !(isWildcard(listener.address) || places.has(listener.address))) continue;
      yield {
        code: 'overlapping-listeners',
        severity: 'error',
        path: [...path, 'listeners', index, 'port'],
        what: `the nodes of the pair meet at port ${port} (\`ha.peersPort\`)`,
        mend: 'give the listener another port, or write another `ha.peersPort`',
      };
    }
  }
}

/** One address, one owner: a node, a group, a router, or the gateway. */
function* owners({ nodes, groups = {}, gateway, announce }: Ha): Generator<Finding> {
  const known = new Map<Address, string>();
  const taken = function* (address: Address, owner: string, path: Path): Generator<Finding> {
    const other = known.get(address);
    if (other === undefined) known.set(address, owner);
    else if (other !== owner) {
      yield {
        code: 'duplicate-address',
        severity: 'error',
        path,
        what: `${address} already belongs to ${other}`,
        mend: 'write another address, or remove it from one of the two',
      };
    }
  };
  for (const [name, node] of Object.entries(nodes)) {
    for (const key of ['address', 'pairAddress'] as const) {
      const address = node[key];
      if (address !== undefined) yield* taken(address, `the node "${name}"`, [...nodesPath, name, key]);
    }
  }
  for (const [name, group] of Object.entries(groups)) {
    for (const [index, address] of group.addresses.entries())
      yield* taken(address, `the group "${name}"`, [...groupsPath, name, 'addresses', index]);
  }
  for (const [name, { address }] of Object.entries(announce?.routers ?? {}))
    yield* taken(address, `the router "${name}"`, [...routersPath, name, 'address']);
  if (gateway !== undefined) yield* taken(gateway, 'the gateway', gatewayPath);
}

/** keepalived speaks one family in a group, and compares one address of it. */
function* families(ha: Ha, draft: Draft): Generator<Finding> {
  const [first, ...others] = Object.entries(ha.nodes);
  if (first === undefined) return;
  const [, { address: example }] = first;
  const family = familyOf(example);
  const differs = (path: Path, what: string): Finding => ({
    code: 'mixed-families',
    severity: 'error',
    path,
    what,
    why: 'the nodes speak to each other in one family',
    mend: `write an ${family} address`,
  });
  for (const [name, { address }] of others) {
    if (familyOf(address) === family) continue;
    yield differs([...nodesPath, name, 'address'], `${address} is not of the family of ${example}`);
  }
  // These do not move, so that no two nodes speak of them.
  if (ha.announce !== undefined) return;
  if (ha.gateway !== undefined && familyOf(ha.gateway) !== family)
    yield differs(gatewayPath, `${ha.gateway} is not of the family of the nodes`);
  for (const { name, path, addresses: virtual } of settledGroups(ha, draft)) {
    if (virtual.some((address) => familyOf(address) === family)) continue;
    yield {
      ...differs(path, `no address of the group "${name}" is of the family of the nodes`),
      mend: `add an ${family} address to it, or give the nodes addresses of the other family`,
    };
  }
}

function familyOf(address: Address): 'IPv4' | 'IPv6' {
  return isIpv6(address) ? 'IPv6' : 'IPv4';
}

/** Every address that clients reach moves with a group, and every address of a group is one that clients reach. */
function* listeners(ha: Ha, draft: Draft): Generator<Finding> {
  const movable = [...movableAddresses(ha, draft)];
  // A service that could not be read may be the one that uses an address.
  const complete =
    [...draft.virtualServices.values()].every((entry) => entry.value !== undefined) &&
    draft.findings.every((finding) => finding.severity !== 'error');
  if (ha.groups === undefined) {
    if (complete && movable.length === 0) {
      yield {
        code: 'nothing-to-move',
        severity: 'error',
        path: haPath,
        what: 'no listener has an address that could move between the nodes',
        mend: 'give a listener an address of its own, neither `0.0.0.0` nor that of a node, or remove `ha`',
      };
    }
    return;
  }
  const listened = new Set(movable.map(({ address }) => address));
  const grouped = new Set<Address>();
  for (const [name, { addresses: virtual }] of Object.entries(ha.groups)) {
    for (const [index, address] of virtual.entries()) {
      grouped.add(address);
      if (!complete || listened.has(address)) continue;
      yield {
        code: 'unused-entry',
        severity: 'warning',
        path: [...groupsPath, name, 'addresses', index],
        what: `no listener has the address ${address}`,
        mend: 'give it to a listener, or remove it',
      };
    }
  }
  const seen = new Set<Address>();
  for (const { address, path } of movable) {
    if (grouped.has(address) || seen.has(address)) continue;
    seen.add(address);
    yield {
      code: 'address-in-no-group',
      severity: 'error',
      path,
      what: `${address} is in no group of \`ha.groups\``,
      why: 'it would move with nobody',
      mend: 'add it to a group',
    };
  }
}
