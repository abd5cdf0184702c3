import { Failure } from '../../kernel/failure.ts';
import type { PastChange, SharedChange, SharedHead } from '../../store/shared/pair-record.ts';
import type { SharedStore } from '../../store/shared/shared-store.ts';
import type { ChangeResult } from '../change-result.ts';
import type { Changes } from '../changes.ts';
import type { Listen } from '../progress.ts';
import type { Proposal } from '../proposal.ts';
import type { Serving } from '../serving.ts';
import { refusalHere } from './shared-examination.ts';

export interface OwnPartParts {
  readonly shared: SharedStore;
  readonly serving: Serving;
  readonly changes: Changes;
}

/** The own part of a change, as whoever asked for it here wants to hear of it. */
export interface Attendance {
  readonly listen: Listen;
  result?: ChangeResult;
}

/**
 * What this node does of what nodes share, on its own road of a change. Every method answers with what this node has
 * against it, as a clause, or undefined; and throws Failure `store-unreachable` and `change-interrupted`, about which
 * nobody's declaration is to blame.
 */
export class OwnPart {
  readonly #parts: OwnPartParts;

  constructor(parts: OwnPartParts) {
    this.#parts = parts;
  }

  /** Looks whether a change could be made here. Touches nothing. */
  examine(change: SharedChange): Promise<string | undefined> {
    const { shared, serving, changes } = this.#parts;
    return reasonOf(async () => {
      if (changes.pending !== undefined) return 'a change waits to be confirmed there';
      return await refusalHere(serving, await shared.declaration(change), change.force);
    });
  }

  /** @param begin called before anything is touched */
  make(
    change: SharedChange,
    attendance: Attendance | undefined,
    begin: () => Promise<void>,
  ): Promise<string | undefined> {
    return reasonOf(async () => {
      const declaration = await this.#parts.shared.declaration(change);
      await begin();
      const { guard, force } = change;
      const proposal = { ...this.#proposal(change, declaration), guard, force };
      const result = await this.#parts.changes.change(proposal, attendance?.listen ?? silent);
      if (attendance !== undefined) attendance.result = result;
      return whyNot(result);
    });
  }

  /** Brings what the pair has into service. @param left the change by which this node has something else */
  follow(head: SharedHead, left: PastChange | undefined): Promise<string | undefined> {
    return reasonOf(async () => {
      const proposal = this.#proposal(head, await this.#parts.shared.declaration(head));
      const back =
        left?.fate === 'withdrawn'
          ? ({ kind: 'revert', author: 'aorta', reason: left.why ?? 'the change was withdrawn' } as const)
          : {};
      // What all others serve needs no watching, and is better than what they do not.
      return whyNot(
        await this.#parts.changes.change({ ...proposal, ...back, guard: 0, force: true }, silent),
      );
    });
  }

  #proposal(
    { kind, author, reason, digest }: SharedHead | SharedChange,
    declaration: Proposal['declaration'],
  ): Omit<Proposal, 'guard' | 'force'> {
    // Each node has numbers of its own; one that never had it restores nothing.
    const before = this.#parts.serving.parts.store.revisions.list().find((one) => one.digest === digest);
    return {
      kind,
      declaration,
      author,
      ...(reason === undefined ? {} : { reason }),
      ...(kind === 'rollback' && before !== undefined ? { restores: before.number } : {}),
    };
  }
}

const silent: Listen = () => undefined;

async function reasonOf(work: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'store-unreachable' || error.code === 'change-interrupted') throw error;
    return error.message;
  }
}

/** Why a change did not come to be, as a clause; undefined when it did. */
function whyNot({ kind, stage, findings, refusals, evidence }: ChangeResult): string | undefined {
  if (kind === 'applied' || kind === 'unchanged' || kind === 'awaiting') return undefined;
  const finding = findings.find(({ severity }) => severity === 'error')?.what;
  const refusal = refusals.find(({ severity }) => severity !== 'warning')?.what;
  return finding ?? refusal ?? evidence[0] ?? `it was refused by ${stage ?? 'the machine'}`;
}
