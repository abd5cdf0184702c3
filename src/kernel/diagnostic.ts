import type { Code } from './codes.ts';
import { formatPath, type Path } from './path.ts';

/** `error` refuses the declaration; `warning` lets it pass and is shown every time; `advice` quotes a cheaper or safer way. */
export type Severity = 'error' | 'warning' | 'advice';

/** A place in the operator's file. Lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One finding about what an operator wrote: what is wrong, why it matters, how to mend it. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  /** Where in the declaration, as keys from the root. */
  readonly path: Path;
  /** Where in the file; absent until the path has been looked up in the text. */
  readonly location?: Location;
  /** What is wrong, as a clause without a full stop. Never holds a secret or the content of a file. */
  readonly what: string;
  /** Why it matters to the service, where that is not plain from `what`. */
  readonly why?: string;
  /** How to mend it, as an imperative clause. */
  readonly mend: string;
}

/** What a rule reports: the location is added by the declaration, which holds the text. */
export type Finding = Omit<Diagnostic, 'location'>;

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/** One line for people: `aorta.yaml:12:7 error unknown-key: what; why; how to mend`. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { location, severity, code, what, why, mend, path } = diagnostic;
  const place =
    location === undefined
      ? formatPath(path) || 'declaration'
      : `${location.file}:${location.line}:${location.column}`;
  const at = location === undefined || path.length === 0 ? '' : ` (${formatPath(path)})`;
  return `${place} ${severity} ${code}: ${what}${at}${why === undefined ? '' : `; ${why}`}; ${mend}`;
}

/** Order for people: by place in the file, errors before warnings at the same place. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const rank = { error: 0, warning: 1, advice: 2 } as const;
  return [...diagnostics].sort(
    (a, b) =>
      (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
      (a.location?.column ?? 0) - (b.location?.column ?? 0) ||
      rank[a.severity] - rank[b.severity] ||
      (a.code < b.code ? -1 : a.code > b.code ? 1 : 0) ||
      (a.what < b.what ? -1 : a.what > b.what ? 1 : 0),
  );
}
