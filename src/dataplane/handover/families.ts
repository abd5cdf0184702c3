/** The two families of addresses, as nft names them. */
export const families = [
  { name: 'ip', layer: 'ip', type: 'ipv4_addr', of: (address: string) => !address.includes(':') },
  { name: 'ip6', layer: 'ip6', type: 'ipv6_addr', of: (address: string) => address.includes(':') },
] as const;
export type Family = (typeof families)[number];

/** The table of this machine's packet filter that is ours, in each family. */
export const table = 'aorta_handover';

/** Takes the tables away, whether they are there or not. */
export const withoutTables = families
  .map(({ name }) => `table ${name} ${table}\ndelete table ${name} ${table}\n`)
  .join('');

export function setOf(addresses: readonly string[]): string {
  return `{ ${addresses.join(', ')} }`;
}
