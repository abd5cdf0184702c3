import { call } from '../cli/client.ts';
import { Failure } from '../kernel/failure.ts';
import type { Name } from '../model/name.ts';
import { TicketRing } from '../model/ticket-ring.ts';
import type { PairKeys } from '../pki/pair-keys.ts';
import type { Serving } from '../reconcile/serving.ts';

/** How long another node may take to begin its answer, in milliseconds. */
const patience = 3_000;

/**
 * How the other nodes are asked for their ticket keys: at the address that they have for the pair, and the port at which
 * this one answers.
 */
export function ticketExchange(
  serving: Serving,
  { keys, port }: { readonly keys: PairKeys; readonly port: number },
): (node: Name) => Promise<TicketRing | undefined> {
  return async (name) => {
    const node = serving.now?.desired.configuration.ha?.nodes.find((one) => one.name === name);
    if (node === undefined) return undefined;
    const place = { name, endpoint: { host: node.pairAddress, port }, covers: name, keys };
    try {
      const answer = await call(place, 'tickets', undefined, { limit: patience });
      const read = TicketRing.safeParse(answer.keys);
      return read.success ? read.data : undefined;
    } catch (error) {
      // It is down, or starting, or of an earlier version; the status says whether the keys differ.
      if (error instanceof Failure) return undefined;
      throw error;
    }
  };
}
