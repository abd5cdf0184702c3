import type { Path } from '../kernel/path.ts';
import type { Draft } from './draft.ts';
import { sound } from './rules/rule.ts';

/** A file that a declaration names, and what for. */
export interface FileNeed {
  /** As written. */
  readonly file: string;
  /** Where it is named, in the expanded declaration. */
  readonly path: Path;
  /** Whether it holds a key or a password, so that others must not be able to read it. */
  readonly secret: boolean;
}

/** What was found at the place of a file. */
export type FileContent =
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly othersCanRead: boolean }
  /** In words for people, as a clause: `it does not exist`. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Contents by the name that the declaration gives. */
export type FileContents = ReadonlyMap<string, FileContent>;

/** Every file that must be read before the declaration can be validated. */
export function filesNeeded(draft: Draft): readonly FileNeed[] {
  const needs: FileNeed[] = [];
  for (const { path, value } of sound(draft.certificates)) {
    if (value.kind === 'pfx') {
      needs.push({ file: value.file, path: [...path, 'pfx'], secret: true });
    } else if (value.files.length === 1) {
      for (const file of value.files) needs.push({ file, path: [...path, 'pem'], secret: true });
    } else {
      for (const [index, file] of value.files.entries()) {
        needs.push({ file, path: [...path, index === 0 ? 'certificate' : 'key'], secret: index === 1 });
      }
    }
    if (value.passwordFile !== undefined) {
      needs.push({ file: value.passwordFile, path: [...path, 'passwordFile'], secret: true });
    }
  }
  needs.push(...secretsNeeded(draft));
  for (const { path, value } of sound(draft.authorities)) {
    needs.push({ file: value.ca, path: [...path, 'ca'], secret: false });
  }
  return needs;
}

/** The files with the secrets of deep checks. */
export function secretsNeeded(draft: Draft): readonly FileNeed[] {
  return [...sound(draft.virtualServices)].flatMap(({ path, value }) =>
    Object.entries(value.pool.deepChecks ?? {}).flatMap(([name, check]) => {
      if (check.type !== 'transaction') return [];
      const at = [...path, 'pool', 'deepChecks', name, 'clientSecret', 'file'];
      return [{ file: check.clientSecret.file, path: at, secret: true }];
    }),
  );
}
