import type { Code } from '../kernel/codes.ts';
import type { Diagnostic } from '../kernel/diagnostic.ts';

/** What became of an `apply`. */
export interface ApplyAnswer {
  /**
   * `invalid`: the declaration has errors. `refused`: HAProxy or this machine would not take it, and nothing in
   * service was touched. `rolledBack`: it was tried, did not work, and the state before is in service.
   */
  readonly outcome: 'applied' | 'unchanged' | 'invalid' | 'refused' | 'rolledBack';
  /** How HAProxy took it. */
  readonly how?: 'started' | 'reloaded';
  /** The stage that refused. */
  readonly stage?: string;
  readonly generation?: { readonly number: number; readonly digest: string };
  /** Everything found in the declaration; errors, what HAProxy or the machine refused, and warnings. */
  readonly findings: readonly Diagnostic[];
}

export interface RefusalAnswer {
  readonly error: { readonly code: Code; readonly what: string; readonly mend: string };
}
