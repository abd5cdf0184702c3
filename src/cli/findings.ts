import { type Diagnostic, formatDiagnostic, hasErrors } from '../kernel/diagnostic.ts';
import { formatPath } from '../kernel/path.ts';
import type { CliContext, ExitCode } from './context.ts';

/** Findings for people, one a line, the most important word in colour. */
export function formatFindings(
  diagnostics: readonly Diagnostic[],
  { colors }: Pick<CliContext, 'colors'>,
): string {
  const paint = { error: colors.red, warning: colors.yellow, advice: colors.cyan } as const;
  return diagnostics
    .map((diagnostic) => {
      const line = formatDiagnostic(diagnostic);
      const word = ` ${diagnostic.severity} `;
      return `${line.replace(word, ` ${paint[diagnostic.severity](diagnostic.severity)} `)}\n`;
    })
    .join('');
}

/** `2 errors, 1 warning`; empty when there is nothing to count. */
export function countFindings(diagnostics: readonly Diagnostic[]): string {
  return (['error', 'warning', 'advice'] as const)
    .map((severity) => ({ severity, count: diagnostics.filter((one) => one.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) =>
      severity === 'advice' || count === 1 ? `${count} ${severity}` : `${count} ${severity}s`,
    )
    .join(', ');
}

/** Findings for programs, with stable keys. */
export function findingsAsJson(diagnostics: readonly Diagnostic[]): readonly object[] {
  return diagnostics.map(({ code, severity, path, location, what, why, mend }) => ({
    code,
    severity,
    path: formatPath(path),
    ...location,
    what,
    why,
    mend,
  }));
}

export function exitCodeFor(diagnostics: readonly Diagnostic[]): ExitCode {
  return hasErrors(diagnostics) ? 2 : 0;
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
