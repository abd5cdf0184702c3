import type { ExitCode } from './context.ts';

/** One look at one controller, or at several nodes. */
export interface Look {
  readonly json: object;
  /** For people. */
  readonly table: string;
  /** What a person would call a change: not that a second has passed or that a session more is open. */
  readonly states: string;
  readonly code: ExitCode;
}
