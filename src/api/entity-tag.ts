import type { ConfigurationAnswer } from '../contract/answers.ts';
import { Failure } from '../kernel/failure.ts';

/** `"7-1a2b3c4d"`: the revision, and of its digest enough to tell two state directories apart. */
export function entityTag({ revision, digest }: Pick<ConfigurationAnswer, 'revision' | 'digest'>): string {
  return `"${revision}-${digest.slice(0, 8)}"`;
}

export interface WantedRevision {
  readonly revision: number;
  /** The first characters of its digest; absent when the caller named the number only. */
  readonly digest?: string;
}

/**
 * What `If-Match` names: one entity tag, or one revision as `"7"`.
 * @throws Failure `bad-request` when it names anything else
 */
export function wantedRevision(ifMatch: string | undefined): WantedRevision | undefined {
  if (ifMatch === undefined) return undefined;
  const [, revision, digest] = /^"([1-9]\d{0,14})(?:-([0-9a-f]{8}))?"$/.exec(ifMatch.trim()) ?? [];
  if (revision === undefined) {
    const mend = 'send one revision as "7", or the ETag of GET /v1/configuration';
    throw new Failure('bad-request', 'If-Match does not name one revision', mend);
  }
  return { revision: Number(revision), ...(digest === undefined ? {} : { digest }) };
}
