import type { Revision } from '../../store/revision.ts';
import type { PairRecord, PastChange, SharedChange, SharedHead } from '../../store/shared/pair-record.ts';

/** How many changes that are over are remembered: by these a node knows that what it serves is out of date. */
const remembered = 50;

/** The first agreement: what one node serves. */
export function begun({
  kind,
  author,
  at,
  reason,
  digest,
}: Revision): PairRecord & { readonly head: SharedHead } {
  const id = `first-${digest.slice(0, 12)}`;
  const why = reason === undefined ? {} : { reason };
  const head = { id, digest, kind, author, at, number: 1, ...why };
  return { format: 1, head, past: [{ id, digest, fate: 'committed' }] };
}

/** All nodes have the change: it is what the pair has. */
export function committed({ head: before, past }: PairRecord, change: SharedChange): PairRecord {
  const { id, digest, kind, author, at, reason } = change;
  const why = reason === undefined ? {} : { reason };
  const head = { id, digest, kind, author, at, number: (before?.number ?? 0) + 1, ...why };
  return { format: 1, head, past: withNewest({ id, digest, fate: 'committed' }, past) };
}

/** No node is to have the change. @param why a clause */
export function withdrawn({ head, past }: PairRecord, { id, digest }: SharedChange, why: string): PairRecord {
  const same = head === undefined ? {} : { head };
  return { format: 1, ...same, past: withNewest({ id, digest, fate: 'withdrawn', why }, past) };
}

function withNewest(newest: PastChange, past: readonly PastChange[]): PastChange[] {
  return [newest, ...past].slice(0, remembered);
}
