import type { Database } from './database.ts';

/** What this node last had in common with the others, as one text of which nothing is understood here. */
export class SharedMark {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Absent: nothing was ever shared. */
  get(): string | undefined {
    return this.#database.get('SELECT text FROM shared_mark')?.text('text');
  }

  /** Durable when it returns. */
  set(text: string): void {
    this.#database.run(
      'INSERT INTO shared_mark (entry, text) VALUES (1, ?) ON CONFLICT DO UPDATE SET text = excluded.text',
      text,
    );
  }
}
