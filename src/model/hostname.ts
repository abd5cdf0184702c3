import { z } from 'zod';

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A DNS host name in lower case, without a trailing dot (RFC 1123). */
export type Hostname = string & z.BRAND<'Hostname'>;

export function toHostname(text: string): Hostname | undefined {
  const lower = text.toLowerCase();
  if (lower.length > 253) return undefined;
  const labels = lower.split('.');
  if (!labels.every((part) => label.test(part))) return undefined;
  // A name that ends in digits only would be taken for an address by many clients.
  if (/^\d+$/.test(labels.at(-1) ?? '')) return undefined;
  return lower as Hostname;
}

export const Hostname = z
  .string()
  .transform((text, context): Hostname => {
    const hostname = toHostname(text);
    if (hostname !== undefined) return hostname;
    context.issues.push({
      code: 'custom',
      message: 'is not a host name: write it without scheme, port, path or wildcard, such as api.example.org',
      input: text,
    });
    return z.NEVER;
  })
  .meta({ description: 'A DNS host name without scheme, port, path or wildcard.', format: 'hostname' });
