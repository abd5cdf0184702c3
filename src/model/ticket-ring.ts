import { z } from 'zod';
import { Secret } from '../kernel/secret.ts';

/** As many as HAProxy holds: tickets of all of them are taken, and new ones are made by the last but one. */
export const ringSize = 3;

/** A name, a key for HMAC and one for AES-256, as HAProxy takes them: 80 bytes, as base64. */
const Material = z
  .string()
  .regex(/^[A-Za-z0-9+/]{107}=$/)
  .transform((text) => new Secret(text));

/** A key that protects TLS session tickets. */
export const TicketKey = z.strictObject({
  /** One more than that of the key before it, whatever clocks say. 0: made when there was none. */
  serial: z.int().min(0),
  /** Tells two keys of one serial apart, which nodes made that did not hear each other. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  /** By the clock of the node that made it, in milliseconds since 1970. */
  createdAt: z.int().min(0),
  key: Material,
});
export type TicketKey = z.output<typeof TicketKey>;

/** The keys in use, the oldest first. */
export const TicketRing = z.array(TicketKey).length(ringSize).readonly();
export type TicketRing = z.output<typeof TicketRing>;

/** A ring with its keys in the clear, as another node and a file in memory get it. */
export type RevealedRing = z.input<typeof TicketRing>;

/** Only for handing it to a file in memory with mode 0600, or to a node of the pair. */
export function revealRing(ring: TicketRing): RevealedRing {
  return ring.map(({ key, ...rest }) => ({ ...rest, key: key.reveal() }));
}
