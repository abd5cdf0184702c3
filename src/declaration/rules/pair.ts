import type { Finding } from '../../kernel/diagnostic.ts';
import type { Path } from '../../kernel/path.ts';
import { type Address, isIpv6 } from '../../model/address.ts';
import type { Ha } from '../../model/ha.ts';
import type { Draft } from '../draft.ts';
import { haPath, movableAddresses, settledGroups } from '../pair.ts';
import { nearest } from '../shape.ts';

/**
 * Each further node has one point of priority less, and one that has lost its gateway 50: more nodes than that, and it
 * would not yield to all of them.
 */
const mostNodes = 50;
const highestRouterId = 255;

const nodesPath: Path = [...haPath, 'nodes'];
const groupsPath: Path = [...haPath, 'groups'];
const gatewayPath: Path = [...haPath, 'gateway'];

/** The nodes of a pair must tell each other apart, and every virtual address must move with exactly one group. */
export function* pair(draft: Draft): Generator<Finding> {
  const ha = draft.ha?.value;
  if (ha === undefined) return;
  yield* howMany(ha);
  yield* addresses(ha);
  yield* families(ha, draft);
  yield* references(ha);
  yield* routerIds(ha, draft);
  yield* listeners(ha, draft);
}

function* howMany({ nodes }: Ha): Generator<Finding> {
  const count = Object.keys(nodes).length;
  if (count < 2) {
    yield {
      code: 'single-node',
      severity: 'error',
      path: nodesPath,
      what: count === 0 ? 'the pair has no node' : 'the pair has one node only',
      why: 'nobody could take its addresses',
      mend: 'add a second node, or remove `ha`',
    };
  }
  if (count > mostNodes) {
    yield {
      code: 'invalid-value',
      severity: 'error',
      path: nodesPath,
      what: `there are ${count} nodes, the limit is ${mostNodes}`,
      mend: 'make several pairs of them',
    };
  }
}

/** One address, one owner: a node, a group, or the gateway. */
function* addresses({ nodes, groups = {}, gateway }: Ha): Generator<Finding> {
  const owners = new Map<Address, string>();
  const taken = function* (address: Address, owner: string, path: Path): Generator<Finding> {
    const other = owners.get(address);
    if (other === undefined) owners.set(address, owner);
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

function* references({ nodes, groups = {} }: Ha): Generator<Finding> {
  const names = Object.keys(nodes);
  for (const [name, { preferred }] of Object.entries(groups)) {
    if (preferred === undefined || names.includes(preferred)) continue;
    const likely = nearest(preferred, names);
    yield {
      code: 'dangling-reference',
      severity: 'error',
      path: [...groupsPath, name, 'preferred'],
      what: `"${preferred}" is not declared in \`ha.nodes\``,
      mend:
        likely === undefined ? `use one of ${names.slice(0, 10).join(', ')}` : `did you mean "${likely}"?`,
    };
  }
}

function* routerIds(ha: Ha, draft: Draft): Generator<Finding> {
  const groups = settledGroups(ha, draft);
  const choosers = Object.entries(ha.groups ?? {}).filter(([, group]) => group.virtualRouterId !== undefined);
  const chosen = new Set(choosers.map(([name]) => name));
  // What was written is what can be changed, so it is reported when it meets a default.
  const written = groups.filter(({ name }) => chosen.has(name));
  const preset = groups.filter(({ name }) => !chosen.has(name));
  const owners = new Map<number, string>();
  for (const { name, path, virtualRouterId } of [...preset, ...written]) {
    const other = owners.get(virtualRouterId);
    owners.set(virtualRouterId, other ?? name);
    if (virtualRouterId > highestRouterId) {
      yield {
        code: 'invalid-value',
        severity: 'error',
        path,
        what: `no virtual router id is left for the group "${name}"`,
        mend: 'give it one with `virtualRouterId`, or make fewer groups',
      };
    } else if (other !== undefined) {
      yield {
        code: 'duplicate-router-id',
        severity: 'error',
        path: [...path, 'virtualRouterId'],
        what: `the group "${other}" has the virtual router id ${virtualRouterId} as well`,
        why: 'the nodes could not tell the groups apart',
        mend: 'write another number from 1 to 255',
      };
    }
  }
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
