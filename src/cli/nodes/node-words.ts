import type { Failure } from '../../kernel/failure.ts';
import type { Absence } from '../../model/absence.ts';
import { ago } from '../ago.ts';
import type { Colors } from '../context.ts';

/** `lb-a`, `lb-a and lb-b`, `lb-a, lb-b and lb-c`. */
export function listOf(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** `for 3h (anna: new kernel)`. @param at now, in milliseconds since 1970 */
export function awayWords({ since, author, reason }: Absence, at: number): string {
  return `for ${ago(Math.max(0, at - since))} (${author}${reason === undefined ? '' : `: ${reason}`})`;
}

export function failureLine({ code, message, mend }: Failure, colors: Colors): string {
  return `${colors.red('error')} ${code}: ${message}; ${mend}\n`;
}

export function failureAsJson({ code, message, mend }: Failure): object {
  return { code, what: message, mend };
}
