import { join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { ChangeJournal } from './change-journal.ts';
import { Database } from './database.ts';
import { IntentBook } from './intent-book.ts';
import { RevisionLog } from './revision-log.ts';
import { SharedMark } from './shared-mark.ts';

/**
 * The record of changes in `STATE/aorta.db`: what is wanted, by whom and why, and the change that is under way. Used by
 * the controller alone. Every method is synchronous and durable when it returns. All throw Failure `state-unusable`
 * when the disk refuses; then nothing of that call was recorded, and all that was recorded before is still there.
 */
export class StateStore {
  readonly revisions: RevisionLog;
  readonly journal: ChangeJournal;
  readonly intents: IntentBook;
  readonly sharedMark: SharedMark;
  readonly #database: Database;

  private constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.journal = new ChangeJournal(database);
    this.revisions = new RevisionLog(database, clock, this.journal);
    this.intents = new IntentBook(database, clock);
    this.sharedMark = new SharedMark(database);
  }

  /**
   * Makes the file when there is none.
   * @throws Failure `state-unusable` for a file that is damaged, of a newer version or not ours; it is not touched
   */
  static open(stateDirectory: string, clock: Clock): StateStore {
    return new StateStore(Database.open(stateDirectory, join(stateDirectory, 'aorta.db')), clock);
  }

  close(): void {
    this.#database.close();
  }

  /** Several calls as one: all of them are recorded or none. `work` must not wait for anything. */
  atomically<T>(work: () => T): T {
    return this.#database.transaction(work);
  }
}
