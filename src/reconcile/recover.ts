import { Failure } from '../kernel/failure.ts';
import type { JournalEntry } from '../store/journal.ts';
import type { Changes } from './changes.ts';
import { type Accepted, accept } from './desired.ts';
import type { Outcome } from './outcome.ts';
import type { Serving } from './serving.ts';

/** What was found at a start. */
export interface Recovery {
  /** The revision that is in service again; absent when there was none. */
  readonly revision?: number;
  readonly outcome?: Outcome;
  /** Whole sentences, for people. */
  readonly notes: readonly string[];
}

/**
 * Brings back what an earlier controller left: settles the change that it was in the middle of, for or against, and
 * brings what is then the desired state into service. HAProxy goes on while this is done; when it already does what is
 * desired, nothing is touched.
 *
 * A change that was proven is kept; one that may be half done is undone by a reload, which leaves nothing of commands.
 * @param start false: when HAProxy does not run, nothing is started, because another declaration is about to be
 * @throws Failure when what is stored cannot be brought into service
 */
export async function recover(serving: Serving, changes: Changes, start: boolean): Promise<Recovery> {
  const { store, dataPlane } = serving.parts;
  const entry = store.journal.open();
  const notes: string[] = [];
  let keep: number | undefined;
  let again = false;
  const settled = store.revisions.committed();
  if (entry !== undefined) {
    const reached = await hasReached(entry, serving);
    again = !reached && entry.phase === 'operating';
    if (entry.revision === undefined) store.journal.close();
    else if (reached) keep = entry.revision;
    else {
      const sentence = 'The controller ended while this change was being made, so it was undone.';
      store.revisions.settle(entry.revision, 'reverted', [sentence]);
      notes.push(`revision ${entry.revision} was not finished when the controller ended, and was undone`);
    }
  }
  const number = keep ?? settled?.number;
  if (number === undefined) return { notes };
  if (!start && (await dataPlane.adopt()) === undefined) {
    if (keep !== undefined) store.revisions.settle(keep, 'committed');
    return { notes };
  }
  const accepted = stored(serving, number);
  const { outcome } = await serving.hands(() =>
    serving.bring(accepted, { revision: number, force: true, again }),
  );
  if (outcome.kind === 'refused' || outcome.kind === 'rolledBack') return { outcome, notes };
  if (keep !== undefined) {
    if (entry?.confirmBy === undefined || settled === undefined) {
      const sentence =
        'The controller ended while this change was watched; it had been proven, so it was kept.';
      store.revisions.settle(keep, 'committed', [sentence]);
      notes.push(`revision ${keep} was in service when the controller ended, and was kept`);
    } else {
      const before = { accepted: stored(serving, settled.number), revision: settled.number };
      changes.resume({ revision: keep, before, confirmBy: entry.confirmBy });
      notes.push(`revision ${keep} still waits to be confirmed`);
    }
  }
  if (changes.pending === undefined) await serving.hands(() => serving.keep());
  return { revision: number, outcome, notes };
}

/** Whether HAProxy, or the next one to be started, is in the new world as a whole. */
async function hasReached(entry: JournalEntry, serving: Serving): Promise<boolean> {
  const { dataPlane } = serving.parts;
  const current = await dataPlane.current();
  if (current?.number !== entry.to) return false;
  return entry.phase === 'guarding' || (await dataPlane.identity()) === current.digest;
}

function stored(serving: Serving, number: number): Accepted {
  const { node, store } = serving.parts;
  const { revisions } = store;
  const revision = revisions.get(number);
  const declaration = revisions.declaration(number);
  if (revision === undefined || declaration === undefined) {
    throw new Failure('unknown-revision', `revision ${number} is not in the store`, 'apply a declaration');
  }
  // Judged as of then: a certificate that has expired since is no reason to stop serving.
  const accepted = accept(declaration, revision.at, node);
  if (accepted.ok) return accepted.value;
  const machine = accepted.error.find(({ code }) => code === 'node-file-missing' || code === 'node-unknown');
  if (machine !== undefined) throw new Failure(machine.code, machine.what, machine.mend);
  throw new Failure(
    'unknown-revision',
    `revision ${number} is not understood by this version of Aorta`,
    'apply its declaration, mended: `aorta check` names the places',
  );
}
