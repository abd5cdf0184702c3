import type { ControllerOptions } from '../cli/context.ts';
import type { ChangeAnswer } from '../contract/answers.ts';
import { Failure } from '../kernel/failure.ts';
import { resultOf } from '../reconcile/change-result.ts';
import type { Changes } from '../reconcile/changes.ts';
import type { Proposal } from '../reconcile/proposal.ts';
import { recover } from '../reconcile/recover.ts';
import type { Serving } from '../reconcile/serving.ts';
import { declarationDigest } from '../store/declaration-digest.ts';
import type { SharedHead } from '../store/shared/pair-record.ts';
import type { SharedStore } from '../store/shared/shared-store.ts';
import { listenTo, toAnswer, toProposal } from './change-message.ts';

/**
 * Goes on where an earlier controller left off, then makes the given declaration the desired state. On a node that
 * shares a store, a declaration that the pair does not have is not made: a start changes no other node, and must not
 * make this one differ. The store need not be there: traffic does not wait for it.
 */
export async function begin(
  serving: Serving,
  changes: Changes,
  options: ControllerOptions,
  shared: SharedStore | undefined,
): Promise<ChangeAnswer> {
  const given = options.request === undefined ? undefined : toProposal(options.request);
  const wanted = shared === undefined ? given : await wantedOf(given, serving, shared, options);
  if (wanted === undefined) return await goOn(serving, changes, options);
  try {
    const { notes } = await recover(serving, changes, false);
    for (const note of notes) options.onNote(note);
  } catch (error) {
    // What was there before cannot be brought back; the given declaration may well be the repair.
    if (!(error instanceof Failure)) throw error;
    options.onNote(error.message);
  }
  return toAnswer(await changes.change(wanted, listenTo(options.onProgress)));
}

async function goOn(serving: Serving, changes: Changes, options: ControllerOptions): Promise<ChangeAnswer> {
  const recovery = await recover(serving, changes, true);
  for (const note of recovery.notes) options.onNote(note);
  if (recovery.outcome !== undefined) return toAnswer(resultOf(recovery.outcome, recovery.revision));
  const mend = 'give a declaration: `aorta up FILE`; `aorta init` writes one';
  throw new Failure('file-unreadable', 'there is no revision to go on with', mend);
}

/** What a node that shares a store begins with; undefined: with what it had. */
async function wantedOf(
  given: Proposal | undefined,
  serving: Serving,
  shared: SharedStore,
  options: ControllerOptions,
): Promise<Proposal | undefined> {
  const { store } = serving.parts;
  const committed = store.revisions.committed();
  const isNew = committed === undefined && store.journal.open() === undefined;
  const digest = given && declarationDigest(given.declaration);
  const seen = await lookAt(shared, options);
  switch (seen.kind) {
    case 'empty':
      return given;
    case 'away': {
      // A node that serves nothing is worse than one that has to follow later.
      if (given === undefined || isNew || digest === committed?.digest) return given;
      options.onNote(
        'the declaration was not applied: this node goes on with what it had until the store is back',
      );
      return undefined;
    }
    case 'begun': {
      const { head } = seen;
      if (digest === head.digest) return given;
      if (given !== undefined) {
        const has = `the nodes have revision ${head.number} of the shared store, by ${head.author}`;
        options.onNote(`the declaration was not applied: ${has}; \`aorta apply\` changes all of them`);
      }
      if (!isNew) return undefined;
      const declaration = await shared.declaration(head);
      const { author, reason } = head;
      const why = reason === undefined ? {} : { reason };
      return { kind: 'apply', declaration, author, ...why, guard: 0, force: true };
    }
  }
}

type Seen =
  | { readonly kind: 'away' }
  /** Nothing was ever shared. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'begun'; readonly head: SharedHead };

async function lookAt(shared: SharedStore, options: ControllerOptions): Promise<Seen> {
  try {
    const { head } = (await shared.look()).pair;
    return head === undefined ? { kind: 'empty' } : { kind: 'begun', head };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Whatever is wrong with it: traffic does not wait for it to be mended.
    options.onNote(error.message);
    return { kind: 'away' };
  }
}
