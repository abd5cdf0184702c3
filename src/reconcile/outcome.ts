import type { Generation, Problem } from '../dataplane/port.ts';
import type { Rendering } from '../ir/rendering.ts';
import type { Code } from '../kernel/codes.ts';
import type { Failure } from '../kernel/failure.ts';
import type { Path } from '../kernel/path.ts';

/** How HAProxy came to run a generation. */
export type How = 'started' | 'reloaded' | 'runtime';

/** What became of bringing a generation into service. */
export type Outcome =
  /** The running HAProxy already does exactly this; nothing was touched. */
  | { readonly kind: 'unchanged'; readonly generation: Generation }
  | {
      readonly kind: 'applied';
      readonly how: How;
      readonly generation: Generation;
      /** Warnings, and errors that were overridden. */
      readonly remarks: readonly Refusal[];
      /** Why commands did not do and a reload followed; absent when that was not so. */
      readonly escalated?: Refusal;
    }
  /** Refused before anything in service was touched. */
  | { readonly kind: 'refused'; readonly stage: 'check' | 'preflight'; readonly refusals: readonly Refusal[] }
  /** Tried, did not work, undone. */
  | {
      readonly kind: 'rolledBack';
      readonly stage: 'start' | 'operate' | 'reload' | 'verify' | 'addresses';
      readonly reason: Refusal;
      /** Why what ran before could not be put back; absent when it is in service as before. */
      readonly notRestored?: Refusal;
    };

/** Why a change was refused, in the words of a finding, so that it can be shown at the place in the declaration. */
export interface Refusal {
  readonly code: Code;
  /** Absent: an error. A warning refuses nothing; it is shown and kept with the change. */
  readonly severity?: 'error' | 'warning';
  /** Where in the declaration; absent when it is about no place in it. */
  readonly path?: Path;
  readonly what: string;
  readonly mend: string;
}

export function isError({ severity }: Refusal): boolean {
  return severity !== 'warning';
}

/** Leads a problem in a line of haproxy.cfg back to the declaration. */
export function refusalOf({ code, line, what, mend, severity }: Problem, rendering: Rendering): Refusal {
  const path = line === undefined ? undefined : rendering.sourceMap[line - 1];
  return {
    code,
    ...(severity === undefined ? {} : { severity }),
    ...(path === undefined ? {} : { path }),
    what,
    mend,
  };
}

export function refusalOfFailure({ code, message, mend }: Failure): Refusal {
  return { code, what: message, mend };
}
