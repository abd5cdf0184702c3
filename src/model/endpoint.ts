import { z } from 'zod';
import { type Address, isWildcard, toAddress } from './address.ts';
import { type Hostname, toHostname } from './hostname.ts';

/** Where the controller of a node is reached. */
export interface Endpoint {
  readonly host: Address | Hostname;
  readonly port: number;
}

/**
 * Reads `HOST:PORT`, with an IPv6 address in brackets. Undefined for other text.
 * @param byDefault the port where none is written; absent: one must be
 */
export function toEndpoint(text: string, byDefault?: number): Endpoint | undefined {
  // Without brackets more than one colon is an IPv6 address without a port.
  const bare = text.split(':').length > 2 && !text.startsWith('[');
  const [, bracketed, plain, digits] =
    (bare ? undefined : /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text)) ?? [];
  const name = bare ? text : (bracketed ?? plain ?? '');
  const address = toAddress(name);
  const host = address ?? (bracketed === undefined ? toHostname(name) : undefined);
  const port = digits === undefined ? byDefault : Number(digits);
  if (host === undefined || (address !== undefined && isWildcard(address))) return undefined;
  return port === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export const EndpointText = z.string().transform((text, context): Endpoint => {
  const endpoint = toEndpoint(text);
  if (endpoint !== undefined) return endpoint;
  context.issues.push({
    code: 'custom',
    message: 'is not an address with a port: write it as 10.20.1.2:7443 or "[2001:db8::2]:7443"',
    input: text,
  });
  return z.NEVER;
});
