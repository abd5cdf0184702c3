import type { Revision } from './revision.ts';

/** Kept whatever their age, so that there is always something to go back to. */
const atLeast = 50;
/** Kept when younger, in milliseconds: 90 days. */
const youngest = 90 * 24 * 3_600_000;
/** A machine that applies every minute must not fill the disk. */
const atMost = 1_000;
/** The one in service and the one before it, which a rollback goes back to. */
const committedKept = 2;

/**
 * Which revisions may be deleted. Beyond the limits are kept: the pending one, the two newest that were committed,
 * and what those that are kept by these rules restore.
 * @param revisions the newest first
 * @param now in milliseconds since 1970
 */
export function outdated(
  revisions: readonly Pick<Revision, 'number' | 'state' | 'at' | 'restores'>[],
  now: number,
): readonly number[] {
  const committed = revisions.filter(({ state }) => state === 'committed').slice(0, committedKept);
  const kept = revisions.filter(
    (revision, rank) =>
      rank < atLeast ||
      (rank < atMost && now - revision.at < youngest) ||
      revision.state === 'pending' ||
      committed.includes(revision),
  );
  // One step only: each revision holds its whole declaration, so a chain of rollbacks needs no more.
  const numbers = new Set(kept.flatMap(({ number, restores }) => [number, restores ?? number]));
  return revisions.map(({ number }) => number).filter((number) => !numbers.has(number));
}
