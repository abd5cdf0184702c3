import { sha256 } from '../kernel/digest.ts';

/**
 * The number that HAProxy knows a server by in a stick table. Made from the name alone, so that it is the same in every
 * generation, whatever servers come and go: an entry of the table then never means another server.
 * From 1 to 2^31 - 1, as HAProxy wants it.
 */
export function serverId(name: string): number {
  return Number.parseInt(sha256(name).slice(0, 8), 16) % 0x7fff_ffff || 1;
}
