import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** An IPv4 or IPv6 address in its one canonical form, so that equal addresses are equal strings. */
export type Address = string & z.BRAND<'Address'>;

/** An address range in canonical form: `10.0.0.0/8`, `2001:db8::/32`. */
export type Network = string & z.BRAND<'Network'>;

/** The canonical form, or undefined when the text is not a plain IPv4 or IPv6 address. */
export function toAddress(text: string): Address | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) {
    return ipaddr.IPv4.isValidFourPartDecimal(text)
      ? (ipaddr.IPv4.parse(text).toString() as Address)
      : undefined;
  }
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  // `::ffff:10.0.0.1` is another spelling of 10.0.0.1: two listeners could not bind both.
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString() as Address;
  return address.toRFC5952String() as Address;
}

export function isIpv6(address: Address): boolean {
  return address.includes(':');
}

/** True for `0.0.0.0` and `::`, which stand for every address of the machine. */
export function isWildcard(address: Address): boolean {
  return address === '0.0.0.0' || address === '::';
}

const addressMistake =
  'is not an IPv4 or IPv6 address: write it in numbers, such as 10.20.0.10 or 2001:db8::10';

/** Where HAProxy binds; `0.0.0.0` and `::` mean every address of the machine. */
export const ListenAddress = z
  .string()
  .transform((text, context): Address => {
    const address = toAddress(text);
    if (address !== undefined && !isMulticast(address)) return address;
    context.issues.push({ code: 'custom', message: addressMistake, input: text });
    return z.NEVER;
  })
  .meta({
    description: 'An IPv4 or IPv6 address; `0.0.0.0` and `::` mean every address of the machine.',
    format: 'address',
  });

/** Where one machine is reached. */
export const MachineAddress = z
  .string()
  .transform((text, context): Address => {
    const address = toAddress(text);
    if (address !== undefined && !isMulticast(address) && !isWildcard(address)) return address;
    context.issues.push({
      code: 'custom',
      message:
        address === undefined
          ? addressMistake
          : 'is not the address of one machine: write the address at which the machine is reached',
      input: text,
    });
    return z.NEVER;
  })
  .meta({ description: 'The IPv4 or IPv6 address of one machine.', format: 'address' });

function isMulticast(address: Address): boolean {
  const range = ipaddr.parse(address).range();
  return range === 'multicast' || range === 'broadcast';
}

/** The canonical form of `ADDRESS` or `ADDRESS/LENGTH`; undefined when malformed or when host bits are set. */
export function toNetwork(text: string): Network | undefined {
  const [base, length, ...rest] = text.split('/');
  if (base === undefined || rest.length > 0) return undefined;
  const address = toAddress(base);
  if (address === undefined) return undefined;
  const bits = isIpv6(address) ? 128 : 32;
  if (length === undefined) return `${address}/${bits}` as Network;
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return undefined;
  const cidr = `${address}/${Number(length)}`;
  const first = isIpv6(address)
    ? ipaddr.IPv6.networkAddressFromCIDR(cidr).toRFC5952String()
    : ipaddr.IPv4.networkAddressFromCIDR(cidr).toString();
  return first === address ? (cidr as Network) : undefined;
}

export const Network = z
  .string()
  .transform((text, context): Network => {
    const network = toNetwork(text);
    if (network !== undefined) return network;
    context.issues.push({
      code: 'custom',
      message:
        'is not a network: write an address and a prefix length without host bits, such as 10.20.0.0/16',
      input: text,
    });
    return z.NEVER;
  })
  .meta({ description: 'An address, or a network as `ADDRESS/LENGTH`.', format: 'network' });

export const Port = z
  .int()
  .min(1)
  .max(65_535)
  .brand<'Port'>()
  .meta({ description: 'A TCP port, 1 to 65535.' });
export type Port = z.output<typeof Port>;
