import type { Revision } from './revision.ts';

/**
 * Where a rollback without a number leads: the newest committed revision before the one in service whose declaration
 * differs from it.
 * @param revisions the newest first
 */
export function revisionBefore(
  revisions: readonly Revision[],
  inService: number | undefined,
): Revision | undefined {
  const digest = revisions.find(({ number }) => number === inService)?.digest;
  return revisions.find(
    (one) =>
      one.state === 'committed' &&
      one.digest !== digest &&
      (inService === undefined || one.number < inService),
  );
}
