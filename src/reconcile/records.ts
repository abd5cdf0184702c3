import type { Generation } from '../dataplane/port.ts';
import { declarationDigest } from '../store/declaration-digest.ts';
import type { Accepted } from './desired.ts';
import { draftOf, type Proposal } from './proposal.ts';
import type { Serving } from './serving.ts';

/** Records that a change is proven: from now on it is what to go back to. */
export async function commitRevision(
  serving: Serving,
  revision: number,
  evidence: readonly string[],
): Promise<void> {
  const { store, dataPlane } = serving.parts;
  await serving.hands(async () => {
    store.revisions.settle(revision, 'committed', evidence);
    const now = serving.now;
    if (now !== undefined) await dataPlane.commit(now.generation);
    store.revisions.prune();
  });
}

/**
 * The same for HAProxy, and nothing was touched. The same declaration is no revision; one that differs in words only,
 * such as a comment, is.
 */
export function recordUnchanged(
  serving: Serving,
  proposal: Proposal,
  accepted: Accepted,
  generation: Generation,
): number | undefined {
  const { store } = serving.parts;
  const now = serving.now;
  const latest = store.revisions.committed();
  if (latest?.digest === declarationDigest(proposal.declaration) && proposal.kind !== 'revert')
    return latest.number;
  const { number } = store.revisions.propose(draftOf(proposal, generation, []), {
    phase: 'guarding',
    to: generation.number,
  });
  store.revisions.settle(number, 'committed');
  if (now !== undefined) serving.rename(number, accepted);
  return number;
}

/** A change whose end could not be written down, because the disk was full: it is what is in service, or it is not. */
export function settleLeftOver(serving: Serving): void {
  const { store } = serving.parts;
  const open = store.journal.open()?.revision;
  if (open === undefined) return;
  const inService = serving.now?.revision === open;
  store.revisions.settle(open, inService ? 'committed' : 'reverted', [
    'Its end could not be recorded in time.',
  ]);
}
