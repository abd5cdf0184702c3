import { backendSuffix } from '../ir/hop.ts';
import { type Address, isIpv6, type Port } from '../model/address.ts';
import type { Name } from '../model/name.ts';

/**
 * Names of HAProxy's proxies and of companion files. A Name never holds a full stop, so what follows the
 * first full stop is ours and two different sources never share a name.
 */

/** The frontend that serves is named like the service: that is what people look for in the statistics. */
export function serveFrontendName(service: Name): string {
  return service;
}

export function redirectFrontendName(service: Name, targetPort: Port): string {
  return targetPort === 443 ? `${service}.redirect` : `${service}.redirect-${targetPort}`;
}

export function backendName(service: Name): string {
  return `${service}${backendSuffix}`;
}

/** Named like the machine, so that its place in the statistics says whose it is. */
export function watchName(host: Name, port: Port): string {
  return `${host}.watch-${port}`;
}

/** The way an address and a port are written for people: `10.20.0.10:443`, `[2001:db8::1]:443`. */
export function bindName(address: Address, port: Port): string {
  return isIpv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

export function certificateFile(certificate: Name): string {
  return `certs/${certificate}.pem`;
}

export function authorityFile(authority: Name): string {
  return `ca/${authority}.pem`;
}

/** Colons of an IPv6 address become underscores, which no address holds: easier to type on a command line. */
export function certificateListFile(service: Name, address: Address, port: Port): string {
  return `crt-lists/${service}.${address.replaceAll(':', '_')}.${port}.list`;
}

export function drainedFile(service: Name): string {
  return `drained/${backendName(service)}.list`;
}

/** Apart from the certificates that clients are shown: a certificate of the declaration may have the name of a node. */
export function peerCertificateFile(node: Name): string {
  return `peers/${node}.pem`;
}

/** No node has a name with a full stop. */
export const peerAuthorityFile = 'peers/authority.ca.pem';

export function exemptFile(service: Name): string {
  return `networks/${service}.exempt.list`;
}

export function networksFile(service: Name): string {
  return `networks/${service}.list`;
}
