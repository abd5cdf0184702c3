import { Failure } from '../kernel/failure.ts';
import { declarationDigest } from '../store/declaration-digest.ts';
import { revisionBefore } from '../store/revision-before.ts';
import { type ChangeResult, resultOf, sentencesOf } from './change-result.ts';
import { accept } from './desired.ts';
import type { Guard } from './guard.ts';
import type { Outcome } from './outcome.ts';
import type { Listen } from './progress.ts';
import { draftOf, type Pending, type Proposal } from './proposal.ts';
import { SerialQueue } from './queue.ts';
import { commitRevision, recordUnchanged, settleLeftOver } from './records.ts';
import { type InService, interrupted, type Serving } from './serving.ts';
import { undo } from './undo.ts';

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
        return await this.#goBack(
          pending,
          `${watch.author} rolled it back instead of confirming it.`,
          'not-confirmed',
          listen,
        );
      }
      return await this.#change({ ...watch, kind: 'rollback', ...this.earlier(revision) }, listen);
    });
  }

  /**
   * What a rollback brings back.
   * @param revision absent: the one before the one in service
   * @throws Failure `unknown-revision`, `nothing-to-roll-back`
   */
  earlier(revision: number | undefined): Pick<Proposal, 'declaration'> & { readonly restores: number } {
    const restores = revision ?? this.#revisionBefore();
    const declaration = this.#serving.parts.store.revisions.declaration(restores);
    if (declaration === undefined) throw unknownRevision(restores);
    return { restores, declaration };
  }

  /** Keeps the change that waits. @throws Failure `nothing-to-confirm` */
  confirm(author: string): Promise<ChangeResult> {
    return this.#queue.run(async () => {
      const pending = this.#pending;
      if (pending === undefined) {
        throw new Failure('nothing-to-confirm', 'no change waits to be confirmed', 'see `aorta history`');
      }
      const evidence = [`${author} confirmed it.`];
      await commitRevision(this.#serving, pending.revision, evidence);
      this.#pending = undefined;
      return { kind: 'applied', revision: pending.revision, evidence, findings: [], refusals: [] };
    });
  }

  /** Undoes the change that waits, when its time has passed. */
  async expire(): Promise<void> {
    if (this.#pending === undefined || this.#serving.parts.clock.now() < this.#pending.confirmBy) return;
    await this.#queue.run(async () => {
      if (this.#pending === undefined) return;
      await this.#goBack(this.#pending, 'Nobody confirmed it in time.', 'not-confirmed', () => undefined);
    });
  }

  async #change(proposal: Proposal, listen: Listen): Promise<ChangeResult> {
    const { clock, store, node } = this.#serving.parts;
    if (this.#pending !== undefined) throw this.#mustBeConfirmed(this.#pending);
    settleLeftOver(this.#serving);
    listen('validate', 'begun');
    const accepted = accept(proposal.declaration, clock.now(), node);
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
        onAccepted: (to, phase, remarks) => {
          if (same && revision !== undefined) return revision;
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
        ...resultOf(outcome, recordUnchanged(this.#serving, proposal, accepted.value, outcome.generation)),
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
    if (now === undefined) throw interrupted();
    // A first start has nothing to be compared with, and nothing to go back to.
    if (before === undefined || outcome.how === 'started') {
      await commitRevision(this.#serving, revision, result.evidence);
      return result;
    }
    const { store, clock } = this.#serving.parts;
    const back = { accepted: before.desired, revision: before.revision };
    const confirmBy = proposal.confirmWithin === undefined ? undefined : clock.now() + proposal.confirmWithin;
    store.journal.advance({ phase: 'guarding', ...(confirmBy === undefined ? {} : { confirmBy }) });
    // Refused without `force`; who insists does not want it undone for the same reason.
    const excused = outcome.remarks.flatMap(({ code, path }) =>
      code === 'pool-unreachable' && path !== undefined ? [path] : [],
    );
    const verdict = await this.#guard.watch(
      before.desired,
      now.desired,
      baseline,
      proposal.guard,
      excused,
      listen,
    );
    const evidence = [...result.evidence, ...verdict.evidence];
    if (!verdict.ok) {
      const undone = await this.#goBack(
        { revision, before: back, confirmBy: 0 },
        verdict.evidence,
        'service-worse',
        listen,
      );
      // What the examination had warned of is often the reason.
      return { ...undone, stage: 'guard', refusals: [...result.refusals, ...undone.refusals] };
    }
    if (confirmBy !== undefined) {
      this.#pending = { revision, before: back, confirmBy };
      return { ...result, kind: 'awaiting', evidence, confirmBy };
    }
    listen('commit', 'begun');
    await commitRevision(this.#serving, revision, evidence);
    listen('commit', 'done', `revision ${revision}`);
    return { ...result, evidence };
  }

  #goBack(
    pending: Pending,
    why: string | readonly string[],
    code: 'service-worse' | 'not-confirmed',
    listen: Listen,
  ): Promise<ChangeResult> {
    this.#pending = undefined;
    return undo(this.#serving, pending, why, code, listen);
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

  #revisionBefore(): number {
    const { store } = this.#serving.parts;
    const found = revisionBefore(store.revisions.list(), this.#serving.now?.revision);
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
