import { type ChangeResult, sentencesOf } from './change-result.ts';
import type { Listen } from './progress.ts';
import { draftOf, type Pending, type Proposal } from './proposal.ts';
import { commitRevision, recordUnchanged } from './records.ts';
import type { Serving } from './serving.ts';

/** Brings back what was before a change, as a revision of its own. */
export async function undo(
  serving: Serving,
  { revision, before }: Pending,
  why: string | readonly string[],
  code: 'service-worse' | 'not-confirmed',
  listen: Listen,
): Promise<ChangeResult> {
  const { store } = serving.parts;
  const evidence = typeof why === 'string' ? [why] : [...why];
  listen('restore', 'begun', evidence[0]);
  store.revisions.settle(revision, 'reverted', evidence);
  const from = serving.now?.generation.number;
  const proposal: Proposal = {
    kind: 'revert',
    declaration: before.accepted.declaration,
    author: 'aorta',
    restores: before.revision,
    guard: 0,
    force: true,
  };
  let back: number | undefined;
  const attempt = (again: boolean) =>
    serving.hands(() =>
      serving.bring(before.accepted, {
        force: true,
        again,
        onAccepted: (to, phase, remarks) => {
          back ??= store.revisions.propose(
            { ...draftOf(proposal, to, remarks), reason: `undoes revision ${revision}` },
            { phase, ...(from === undefined ? {} : { from }), to: to.number },
          ).number;
          return back;
        },
      }),
    );
  let { outcome } = await attempt(false);
  if (outcome.kind === 'rolledBack' || outcome.kind === 'refused') ({ outcome } = await attempt(true));
  const restored = outcome.kind === 'applied' || outcome.kind === 'unchanged';
  if (outcome.kind === 'unchanged')
    back = recordUnchanged(serving, proposal, before.accepted, outcome.generation);
  else if (back !== undefined && restored) await commitRevision(serving, back, evidence);
  else if (back !== undefined) store.revisions.settle(back, 'reverted', sentencesOf(outcome));
  listen('restore', restored ? 'done' : 'failed');
  const what = code === 'service-worse' ? 'the service got worse' : 'the change was not confirmed';
  const mend = 'look at the evidence, mend the declaration and apply it again';
  return {
    kind: 'rolledBack',
    stage: 'restore',
    revision,
    evidence: restored
      ? evidence
      : [...evidence, ...sentencesOf(outcome).map((one) => `What was before could not be put back: ${one}`)],
    findings: [],
    refusals: [{ code, what, mend }],
  };
}
