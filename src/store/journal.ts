/**
 * How far a change has got. Without an entry nothing is under way. `operating`: commands are being sent to the running
 * HAProxy, so that it may be between two worlds. `reloading`: it is started or reloaded, so that it is in one of them.
 * `guarding`: it is proven in service, and watched.
 */
export type Phase = 'operating' | 'reloading' | 'guarding';

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
