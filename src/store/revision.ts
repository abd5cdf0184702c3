import type { FileContent } from '../declaration/files.ts';

/** A declaration with everything it names, as it was sent: enough to make the same generation again. */
export interface StoredDeclaration {
  /** What findings call the file. */
  readonly file: string;
  readonly text: string;
  /** By the names in the declaration. */
  readonly files: ReadonlyMap<string, FileContent>;
}

/** Why a revision came to be. `revert`: Aorta itself went back, because the service got worse or nobody confirmed. */
export type RevisionKind = 'apply' | 'certificate' | 'rollback' | 'revert';

/**
 * `pending`: being brought into service or watched. `committed`: proven. `reverted`: tried, got worse or was not
 * confirmed, and was undone.
 */
export type RevisionState = 'pending' | 'committed' | 'reverted';

/** One accepted change of the desired state. */
export interface Revision {
  /** Counts up from 1 over the life of a state directory. */
  readonly number: number;
  readonly kind: RevisionKind;
  readonly state: RevisionState;
  readonly author: string;
  /** When it was accepted, in milliseconds since 1970. */
  readonly at: number;
  readonly reason?: string;
  /** SHA-256 over the declaration and its files: equal digests, equal desired state. */
  readonly digest: string;
  /** The generation it was compiled to first. */
  readonly generation: number;
  /** For `rollback` and `revert`: the revision whose declaration it brings back. */
  readonly restores?: number;
  /** What the examination found and `--force` overrode; empty: nothing. */
  readonly forced: readonly string[];
  /** Whole sentences: why it was reverted, or for a `revert`, why the one before was. */
  readonly evidence: readonly string[];
}
