import type { Finding } from '../../kernel/diagnostic.ts';
import { isIpv6 } from '../../model/address.ts';
import type { Draft } from '../draft.ts';
import { gatewayPath, groupsPath, movableAddresses, routersPath } from '../pair.ts';

/** Addresses that every node announces do not move, and each has a router that hears of it. */
export function* announcement(draft: Draft): Generator<Finding> {
  const ha = draft.ha?.value;
  if (ha?.announce === undefined) return;
  for (const [key, path] of [
    ['groups', groupsPath],
    ['gateway', gatewayPath],
  ] as const) {
    if (ha[key] === undefined) continue;
    yield {
      code: 'not-with-announce',
      severity: 'error',
      path,
      what: `\`${key}\` says how addresses move between nodes, and with \`ha.announce\` none does`,
      why: 'every node holds every address at the same time',
      mend: `remove \`${key}\`, or remove \`announce\` so that one node at a time holds an address`,
    };
  }
  const routers = Object.values(ha.announce.routers);
  const unheard = new Set(['IPv4', 'IPv6'] as const);
  for (const { address } of routers) unheard.delete(isIpv6(address) ? 'IPv6' : 'IPv4');
  for (const { address } of movableAddresses(ha, draft)) {
    const family = isIpv6(address) ? 'IPv6' : 'IPv4';
    if (!unheard.delete(family)) continue;
    yield {
      code: 'address-not-announced',
      severity: 'error',
      path: routersPath,
      what: `no router has an ${family} address, so nobody would hear of ${address}`,
      why: 'a router is told of the addresses of its own family',
      mend: `add the ${family} address of a router, which may be the same machine under another name`,
    };
  }
}
