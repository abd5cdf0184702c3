/** Addresses that move together, and whether this machine has each of them. */
interface Group<A extends string> {
  readonly addresses: readonly { readonly address: A; readonly held: boolean }[];
}

/** The virtual addresses that a machine holds, of all groups in their order. */
export function heldAddresses<A extends string>(groups: readonly Group<A>[]): A[] {
  const all = groups.flatMap(({ addresses }) => addresses);
  return all.filter(({ held }) => held).map(({ address }) => address);
}
