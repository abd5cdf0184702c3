/**
 * How far a change has got. Before `swapping` nothing in service was touched; after `guarding` there is no entry.
 * `operating`: commands are being sent to the running HAProxy, so that it may be between two worlds.
 */
export type Phase = 'swapping' | 'operating' | 'reloading' | 'verifying' | 'guarding';

/** The one change that is under way, on disk before each step that could not be repeated blindly. */
export interface JournalEntry {
  /** Absent when only intents changed, or the same revision is brought into service again. */
  readonly revision?: number;
  readonly phase: Phase;
  /** Numbers of generations. Absent before the first. */
  readonly from?: number;
  readonly to: number;
  /** When the change is undone unless somebody confirmed it, in milliseconds since 1970. */
  readonly confirmBy?: number;
}
