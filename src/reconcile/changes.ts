import type { Generation } from '../dataplane/port.ts';
import { Bug } from '../kernel/bug.ts';
import { Failure } from '../kernel/failure.ts';
import { declarationDigest } from '../store/declaration-digest.ts';
import type { RevisionKind, StoredDeclaration } from '../store/revision.ts';
import { type ChangeResult, resultOf } from './change-result.ts';
import { type Accepted, accept } from './desired.ts';
import type { Guard } from './guard.ts';
import type { Outcome, Refusal } from './outcome.ts';
import type { Listen } from './progress.ts';
import { SerialQueue } from './queue.ts';
import type { InService, Serving } from './serving.ts';

/** A change of the desired state that somebody asks for. */
export interface Proposal {
  readonly kind: RevisionKind;
  readonly declaration: StoredDeclaration;
  readonly author: string;
  readonly reason?: string;
  /** For a rollback: the revision it brings back. */
  readonly restores?: number;
  /** How long the service is watched, in milliseconds; 0: not at all. */
  readonly guard: number;
  /** Undo it unless it is confirmed within this time, in milliseconds. */
  readonly confirmWithin?: number;
  /** Apply although the examination found errors. */
  readonly force: boolean;
  /** Refuse when another revision is in service. */
  readonly ifRevision?: number;
}

/** A change that is in service and not yet committed. */
export interface Pending {
  readonly revision: number;
  /** What to go back to. */
  readonly before: { readonly accepted: Accepted; readonly revision: number };
  /** In milliseconds since 1970. */
  readonly confirmBy: number;
}

/** Changes of the declaration: one at a time, each watched, each undone when it makes the service worse. */
export class Changes {
  readonly #serving: Serving;
  readonly #guard: Guard;
  readonly #queue = new SerialQueue();
  #pending: Pending | undefined;

  constructor(serving: Serving, guard: Guard) {
    this.#serving = serving;
    this.#guard = guard;
  }

  /** The change that waits to be confirmed; absent when none does. */
  get pending(): Pending | undefined {
    return this.#pending;
  }

  /** Waits again for the confirmation of a change that an earlier controller had brought into service. */
  resume(pending: Pending): void {
    this.#pending = pending;
  }

  /** Makes a declaration the desired state, after the changes under way. */
  change(proposal: Proposal, listen: Listen): Promise<ChangeResult> {
    return this.#queue.run(async () => {
      this.#refuseWhenOvertaken(proposal);
      return await this.#change(proposal, listen);
    });
  }

  /** Goes back to a revision; while a change waits to be confirmed and none is named, undoes that one. */
  rollback(
    revision: number | undefined,
    watch: Omit<Proposal, 'kind' | 'declaration' | 'restores'>,
    listen: Listen,
  ) {
    return this.#queue.run(async (): Promise<ChangeResult> => {
      const pending = this.#pending;
      if (pending !== undefined && (revision === undefined || revision === pending.before.revision)) {
        return await this.#undo(
          pending,
          `${watch.author} rolled it back instead of confirming it.`,
          'not-confirmed',
          listen,
        );
      }
      const { store } = this.#serving.parts;
      const restores = revision ?? this.#revisionBefore();
      const declaration = store.revisions.declaration(restores);
      if (declaration === undefined) throw unknownRevision(restores);
      return await this.#change({ ...watch, kind: 'rollback', restores, declaration }, listen);
    });
  }

  /** Keeps the change that waits. @throws Failure `nothing-to-confirm` */
  confirm(author: string): Promise<ChangeResult> {
    return this.#queue.run(async () => {
      const pending = this.#pending;
      if (pending === undefined) {
        throw new Failure('nothing-to-confirm', 'no change waits to be confirmed', 'see `aorta history`');
      }
      const evidence = [`${author} confirmed it.`];
      await this.#commit(pending.revision, evidence);
      this.#pending = undefined;
      return { kind: 'applied', revision: pending.revision, evidence, findings: [], refusals: [] };
    });
  }

  /** Undoes the change that waits, when its time has passed. */
  async expire(): Promise<void> {
    if (this.#pending === undefined || this.#serving.parts.clock.now() < this.#pending.confirmBy) return;
    await this.#queue.run(async () => {
      if (this.#pending === undefined) return;
      await this.#undo(this.#pending, 'Nobody confirmed it in time.', 'not-confirmed', () => undefined);
    });
  }

  async #change(proposal: Proposal, listen: Listen): Promise<ChangeResult> {
    const { clock, store } = this.#serving.parts;
    if (this.#pending !== undefined) throw this.#mustBeConfirmed(this.#pending);
    listen('validate', 'begun');
    const accepted = accept(proposal.declaration, clock.now());
    listen('validate', accepted.ok ? 'done' : 'failed');
    if (!accepted.ok) return { kind: 'invalid', evidence: [], findings: accepted.error, refusals: [] };

    const before = this.#serving.now;
    const baseline = await this.#guard.baseline(proposal.guard);
    // At a start the same declaration goes on as the revision it was.
    const known = store.revisions.committed();
    const same = before === undefined && known?.digest === declarationDigest(proposal.declaration);
    let revision = same ? known?.number : undefined;
    const { outcome, plan } = await this.#serving.hands(() =>
      this.#serving.bring(accepted.value, {
        ...(revision === undefined ? {} : { revision }),
        examine: true,
        force: proposal.force,
        listen,
        onAccepted: (to, impact, remarks) => {
          if (same && revision !== undefined) return revision;
          const phase = impact === 'runtime' ? ('operating' as const) : ('reloading' as const);
          const from = before === undefined ? {} : { from: before.generation.number };
          revision = store.revisions.propose(draftOf(proposal, to, remarks), {
            phase,
            ...from,
            to: to.number,
          }).number;
          return revision;
        },
      }),
    );
    const about = { plan, draft: accepted.value.draft, findings: accepted.value.findings };
    if (outcome.kind === 'unchanged') {
      return {
        ...resultOf(outcome, this.#recordUnchanged(proposal, accepted.value, outcome.generation)),
        ...about,
      };
    }
    if (revision === undefined || outcome.kind === 'refused')
      return { ...resultOf(outcome, undefined), ...about };
    if (same && outcome.kind === 'applied') {
      await this.#serving.hands(() => this.#serving.keep());
      return { ...resultOf(outcome, revision), ...about };
    }
    if (outcome.kind !== 'applied') {
      if (!same) store.revisions.settle(revision, 'reverted', sentencesOf(outcome));
      return { ...resultOf(outcome, revision), ...about };
    }
    return { ...(await this.#watchOver(proposal, outcome, revision, before, baseline, listen)), ...about };
  }

  /** Watches a change that is in service, and commits it or goes back. */
  async #watchOver(
    proposal: Proposal,
    outcome: Extract<Outcome, { kind: 'applied' }>,
    revision: number,
    before: InService | undefined,
    baseline: Awaited<ReturnType<Guard['baseline']>>,
    listen: Listen,
  ): Promise<ChangeResult> {
    const result = resultOf(outcome, revision);
    const now = this.#serving.now;
    if (now === undefined) throw new Bug('a change was applied and nothing is in service');
    // A first start has nothing to be compared with, and nothing to go back to.
    if (before === undefined || outcome.how === 'started') {
      await this.#commit(revision, result.evidence);
      return result;
    }
    const { store, clock } = this.#serving.parts;
    const back = { accepted: before.desired, revision: before.revision };
    const confirmBy = proposal.confirmWithin === undefined ? undefined : clock.now() + proposal.confirmWithin;
    store.journal.advance({ phase: 'guarding', ...(confirmBy === undefined ? {} : { confirmBy }) });
    const verdict = await this.#guard.watch(before.desired, now.desired, baseline, proposal.guard, listen);
    const evidence = [...result.evidence, ...verdict.evidence];
    if (!verdict.ok) {
      const undone = await this.#undo(
        { revision, before: back, confirmBy: 0 },
        verdict.evidence,
        'service-worse',
        listen,
      );
      return { ...undone, stage: 'guard' };
    }
    if (confirmBy !== undefined) {
      this.#pending = { revision, before: back, confirmBy };
      return { ...result, kind: 'awaiting', evidence, confirmBy };
    }
    listen('commit', 'begun');
    await this.#commit(revision, evidence);
    listen('commit', 'done', `revision ${revision}`);
    return { ...result, evidence };
  }

  async #commit(revision: number, evidence: readonly string[]): Promise<void> {
    const { store, dataPlane } = this.#serving.parts;
    await this.#serving.hands(async () => {
      store.revisions.settle(revision, 'committed', evidence);
      const now = this.#serving.now;
      if (now !== undefined) await dataPlane.commit(now.generation);
      store.revisions.prune();
    });
  }

  /** Brings back what was before a change, as a revision of its own. */
  async #undo(
    { revision, before }: Pending,
    why: string | readonly string[],
    code: 'service-worse' | 'not-confirmed',
    listen: Listen,
  ): Promise<ChangeResult> {
    const { store } = this.#serving.parts;
    const evidence = typeof why === 'string' ? [why] : [...why];
    listen('restore', 'begun', evidence[0]);
    store.revisions.settle(revision, 'reverted', evidence);
    this.#pending = undefined;
    const from = this.#serving.now?.generation.number;
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
      this.#serving.hands(() =>
        this.#serving.bring(before.accepted, {
          force: true,
          again,
          onAccepted: (to, impact, remarks) => {
            const phase = impact === 'runtime' ? ('operating' as const) : ('reloading' as const);
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
      back = this.#recordUnchanged(proposal, before.accepted, outcome.generation);
    else if (back !== undefined && restored) await this.#commit(back, evidence);
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
        : [
            ...evidence,
            ...sentencesOf(outcome).map((one) => `What was before could not be put back: ${one}`),
          ],
      findings: [],
      refusals: [{ code, what, mend }],
    };
  }

  /**
   * The same for HAProxy, and nothing was touched. The same declaration is no revision; one that differs in words only,
   * such as a comment, is.
   */
  #recordUnchanged(proposal: Proposal, accepted: Accepted, generation: Generation): number | undefined {
    const { store } = this.#serving.parts;
    const now = this.#serving.now;
    const latest = store.revisions.committed();
    if (latest?.digest === declarationDigest(proposal.declaration) && proposal.kind !== 'revert')
      return latest.number;
    const { number } = store.revisions.propose(draftOf(proposal, generation, []), {
      phase: 'guarding',
      to: generation.number,
    });
    store.revisions.settle(number, 'committed');
    if (now !== undefined) this.#serving.rename(number, accepted);
    return number;
  }

  #refuseWhenOvertaken({ ifRevision }: Proposal): void {
    const now = this.#serving.now?.revision;
    if (ifRevision === undefined || ifRevision === now) return;
    throw new Failure(
      'revision-changed',
      `revision ${now ?? 'none'} is in service, not ${ifRevision}`,
      'look at `aorta diff`, and make the change again on what is in service',
    );
  }

  #mustBeConfirmed({ revision, confirmBy }: Pending): Failure {
    return new Failure(
      'change-pending',
      `revision ${revision} waits to be confirmed until ${new Date(confirmBy).toISOString()}`,
      'run `aorta confirm` to keep it or `aorta rollback` to undo it first',
    );
  }

  /** The newest committed revision before the one in service whose declaration differs from it. */
  #revisionBefore(): number {
    const { store } = this.#serving.parts;
    const now = this.#serving.now?.revision;
    const digest = now === undefined ? undefined : store.revisions.get(now)?.digest;
    const found = store.revisions
      .list()
      .find(
        (one) =>
          one.state === 'committed' && one.digest !== digest && (now === undefined || one.number < now),
      );
    if (found === undefined) {
      throw new Failure(
        'nothing-to-roll-back',
        'there is no other revision to go back to',
        'see `aorta history`',
      );
    }
    return found.number;
  }
}

export function unknownRevision(number: number): Failure {
  return new Failure('unknown-revision', `there is no revision ${number}`, 'see `aorta history`');
}

function draftOf(proposal: Proposal, generation: Generation, remarks: readonly Refusal[]) {
  const { kind, author, reason, restores, declaration, force } = proposal;
  return {
    kind,
    author,
    ...(reason === undefined ? {} : { reason }),
    ...(restores === undefined ? {} : { restores }),
    declaration,
    generation: generation.number,
    forced: force ? remarks.map(({ what }) => what) : [],
  };
}

function sentencesOf(outcome: Outcome): string[] {
  return resultOf(outcome, undefined).refusals.map(({ what }) => `${what}.`);
}
