import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import { failureOf } from '../sqlite-failure.ts';
import type { Expectation, KeyRecord, KeyWrite, SharedKeys } from './shared-keys.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS record (
    key TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL,
    version INTEGER NOT NULL,
    -- Milliseconds since 1970; NULL: it stays.
    ends INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS writes (entry INTEGER PRIMARY KEY CHECK (entry = 1), count INTEGER NOT NULL) STRICT;
  INSERT INTO writes (entry, count) VALUES (1, 0) ON CONFLICT DO NOTHING;
`;

/** Several controllers write. In milliseconds. */
const longestWait = 2_000;

/** Shared by nodes that run on one machine: a file of SQLite. */
export class SqliteKeys implements SharedKeys {
  readonly #database: DatabaseSync;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #file: string;

  private constructor(database: DatabaseSync, file: string, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#file = file;
    this.#clock = clock;
  }

  /** Makes the file when there is none. */
  static open(file: string, clock: Pick<Clock, 'now'>): SqliteKeys {
    try {
      const database = new DatabaseSync(file, { timeout: longestWait });
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${schema}`);
      return new SqliteKeys(database, file, clock);
    } catch (error) {
      throw lost(error, file);
    }
  }

  read(prefix: string): Promise<readonly KeyRecord[]> {
    return this.#asked(() =>
      this.#database
        .prepare(
          `SELECT key, value, version FROM record
           WHERE substr(key, 1, length(?1)) = ?1 AND (ends IS NULL OR ends > ?2) ORDER BY key`,
        )
        .all(prefix, this.#clock.now())
        .map((row) => ({
          key: String(row['key']),
          value: row['value'] as Uint8Array,
          version: String(row['version']),
        })),
    );
  }

  write(writes: readonly KeyWrite[], expected?: Expectation): Promise<boolean> {
    return this.#transaction(() => {
      if (expected !== undefined) {
        const row = this.#database.prepare('SELECT version FROM record WHERE key = ?').get(expected.key);
        const version = row === undefined ? undefined : String(row['version']);
        if (version !== expected.version) return false;
      }
      for (const { key, value } of writes) {
        if (value === undefined) this.#database.prepare('DELETE FROM record WHERE key = ?').run(key);
        else this.#put(key, value);
      }
      return true;
    });
  }

  async remove(prefix: string): Promise<void> {
    await this.#asked(() =>
      this.#database.prepare('DELETE FROM record WHERE substr(key, 1, length(?1)) = ?1').run(prefix),
    );
  }

  async keepAlive(key: string, milliseconds: number): Promise<void> {
    await this.#transaction(() => this.#put(key, new Uint8Array(1), this.#clock.now() + milliseconds));
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #put(key: string, value: Uint8Array, ends: number | null = null): void {
    this.#database.exec('UPDATE writes SET count = count + 1');
    this.#database
      .prepare(
        `INSERT INTO record (key, value, version, ends) SELECT ?, ?, count, ? FROM writes WHERE true
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, ends = excluded.ends`,
      )
      .run(key, value, ends);
  }

  #transaction<T>(work: () => T): Promise<T> {
    return this.#asked(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  async #asked<T>(work: () => T): Promise<T> {
    try {
      return work();
    } catch (error) {
      throw lost(error, this.#file);
    }
  }
}

/** What the disk will not do; anything else is given back as it is. */
function lost(error: unknown, file: string): unknown {
  const failure = failureOf(error, file);
  if (!(failure instanceof Failure)) return failure;
  return new Failure('store-unreachable', failure.message, failure.mend, { cause: error });
}
