import type { Generation } from '../dataplane/port.ts';
import type { RevisionKind, StoredDeclaration } from '../store/revision.ts';
import type { RevisionDraft } from '../store/revision-log.ts';
import type { Accepted } from './desired.ts';
import type { Refusal } from './outcome.ts';

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

/** The revision that a proposal becomes. @param remarks what the examination found */
export function draftOf(
  proposal: Proposal,
  generation: Generation,
  remarks: readonly Refusal[],
): RevisionDraft {
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
