import { Failure } from '../../kernel/failure.ts';
import type { StrayRoute } from '../port.ts';
import { families, type StrayHops } from './stray-rules.ts';

/**
 * Where strays go when each address was one machine's until now.
 * @param device the interface of the virtual addresses
 * @throws Failure `node-unfit` when that machine has no address of a family on that network
 */
export function hopsToOwners(routes: readonly StrayRoute[], device: string): StrayHops[] {
  return families.flatMap(({ called, of }) =>
    routes
      .map((route) => ({ addresses: route.addresses.filter(of), owner: nextHop(route.owner.filter(of)) }))
      .filter(({ addresses }) => addresses.length > 0)
      .map(({ addresses, owner }) => {
        if (owner === undefined) throw unreachable(addresses[0] ?? '', called);
        return { addresses, hops: [{ address: owner, device }] };
      }),
  );
}

/** Where strays go when any of several machines may have the connection. Nowhere in a family in which none is reached. */
export function hopsToAll(addresses: readonly string[], siblings: readonly string[]): StrayHops[] {
  return families
    .map(({ of }) => ({
      addresses: addresses.filter(of),
      hops: siblings.filter(of).map((address) => ({ address })),
    }))
    .filter((one) => one.addresses.length > 0 && one.hops.length > 0);
}

/** One that only this link has is there in any case, and nobody's router has to know it. */
function nextHop(addresses: readonly string[]): string | undefined {
  return addresses.find((address) => address.startsWith('fe80:')) ?? addresses[0];
}

function unreachable(address: string, family: string): Failure {
  return new Failure(
    'node-unfit',
    `connections to ${address} could not be passed on: the other node has no ${family} address on that network`,
    `give its interface an ${family} address`,
  );
}
