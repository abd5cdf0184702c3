import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

export interface PublicOrigin {
  readonly proto: 'http' | 'https';
  readonly hostname: string;
  readonly port: number;
}

function first(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim() || undefined;
}

/**
 * What the server believes clients call it: X-Forwarded-Host, -Proto and -Port where a proxy set them, otherwise Host
 * and the kind of its own connection. Any peer is trusted; the field's list of trusted proxies is not simulated.
 */
export function publicOrigin(
  request: IncomingMessage,
  fallback: { hostname: string; publicPort: number },
): PublicOrigin {
  const { headers, socket } = request;
  const forwarded = first(headers['x-forwarded-proto']);
  const proto =
    forwarded === 'http' || forwarded === 'https'
      ? forwarded
      : socket instanceof TLSSocket
        ? 'https'
        : 'http';
  const host = first(headers['x-forwarded-host']) ?? headers.host ?? fallback.hostname;
  const [hostname = fallback.hostname, portInHost] = host.split(':');
  const port = Number(first(headers['x-forwarded-port']) ?? portInHost);
  if (Number.isInteger(port) && port > 0) return { proto, hostname, port };
  return { proto, hostname, port: proto === 'https' ? fallback.publicPort : 80 };
}

/** Links in answers always name the port, also 443, as seen in every capture from the field. */
export function originWithPort({ proto, hostname, port }: PublicOrigin): string {
  return `${proto}://${hostname}:${port}`;
}

export function canonicalOrigin({ proto, hostname, port }: PublicOrigin): string {
  return new URL(`${proto}://${hostname}:${port}`).origin;
}
