import { Bug } from '../kernel/bug.ts';
import type { Database } from './database.ts';
import type { JournalEntry, Phase } from './journal.ts';
import type { Words } from './row.ts';

const phases: Words<Phase> = {
  operating: true,
  reloading: true,
  guarding: true,
};

/** The entry of the one change that is under way. Each call is durable when it returns. */
export class ChangeJournal {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** For a change without a new revision; the entry of a new one is begun by {@link RevisionLog.propose}. */
  begin(entry: JournalEntry): void {
    this.#database.transaction(() => {
      if (this.open() !== undefined) throw new Bug('a change is begun while another is under way');
      this.#database.run(
        `INSERT INTO journal (entry, revision, phase, from_generation, to_generation, confirm_by)
         VALUES (1, ?, ?, ?, ?, ?)`,
        entry.revision,
        entry.phase,
        entry.from,
        entry.to,
        entry.confirmBy,
      );
    });
  }

  /** What is not named stays as it is. */
  advance(patch: Partial<Omit<JournalEntry, 'revision'>>): void {
    const changes = this.#database.run(
      `UPDATE journal SET phase = coalesce(?, phase), from_generation = coalesce(?, from_generation),
         to_generation = coalesce(?, to_generation), confirm_by = coalesce(?, confirm_by)`,
      patch.phase,
      patch.from,
      patch.to,
      patch.confirmBy,
    );
    if (changes !== 1) throw new Bug('no change is under way that could go on');
  }

  /** For a change without a new revision; a new one is ended by {@link RevisionLog.settle}. */
  close(): void {
    const changes = this.#database.run(
      `DELETE FROM journal
       WHERE NOT EXISTS (SELECT 1 FROM revision WHERE number = journal.revision AND state = 'pending')`,
    );
    if (changes !== 1) throw new Bug('no change is under way that could be ended without its revision');
  }

  open(): JournalEntry | undefined {
    const row = this.#database.get('SELECT * FROM journal');
    if (row === undefined) return undefined;
    const [revision, from, confirmBy] = [
      row.integerIf('revision'),
      row.integerIf('from_generation'),
      row.integerIf('confirm_by'),
    ];
    return {
      ...(revision === undefined ? {} : { revision }),
      phase: row.word('phase', phases),
      ...(from === undefined ? {} : { from }),
      to: row.integer('to_generation'),
      ...(confirmBy === undefined ? {} : { confirmBy }),
    };
  }
}
