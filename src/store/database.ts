import { chmodSync, closeSync, fchmodSync, lstatSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Bug } from '../kernel/bug.ts';
import { Failure } from '../kernel/failure.ts';
import { Row } from './row.ts';
import { migrate } from './schema.ts';
import { diskFull, failureOf } from './sqlite-failure.ts';

/** `undefined` is written as NULL. */
type Value = SQLInputValue | undefined;

/** Nobody else writes; only a copy being made or a second controller by mistake can hold the lock. In milliseconds. */
const longestWait = 2_000;

/** What must be free besides the bytes of a change: for what is said about it until it has ended. */
const margin = 1024 * 1024;

/**
 * One SQLite file. Everything here is synchronous on purpose: between the begin and the end of a transaction nothing
 * else of this process can run. All methods throw Failure `state-unusable` for what the disk will not do.
 */
export class Database {
  readonly #file: string;
  readonly #inner: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #spoilt = false;

  private constructor(file: string, inner: DatabaseSync) {
    this.#file = file;
    this.#inner = inner;
  }

  /** Opens a file of ours, or makes one. Any other file is refused and left as it is. */
  static open(directory: string, file: string): Database {
    let inner: DatabaseSync | undefined;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      makePrivate(file);
      inner = new DatabaseSync(file, { timeout: longestWait });
      migrate(inner, file);
      inner.exec('PRAGMA synchronous = FULL');
      // Keys and passwords of declarations that were pruned do not stay behind in free pages.
      inner.exec('PRAGMA secure_delete = ON');
      // After each transaction its pages go to their place, so the next one writes over the same part of the log. A
      // change that was begun can then be ended also when the disk has become full meanwhile.
      inner.exec('PRAGMA wal_autocheckpoint = 1');
      return new Database(file, inner);
    } catch (error) {
      inner?.close();
      throw failureOf(error, file);
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#inner.isOpen) this.#inner.close();
  }

  /** Everything that `work` writes, or nothing. One inside another is a part of it. */
  transaction<T>(work: () => T): T {
    if (this.#inner.isTransaction) return this.#part(work);
    this.#spoilt = false;
    return this.#asked(() => {
      // At once for writing: a lock that is asked for later can be refused in the middle.
      this.#inner.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        if (result instanceof Promise) throw new Bug('a transaction cannot wait for anything');
        if (this.#spoilt) throw new Bug('a part of a transaction failed, and was to be kept');
        this.#inner.exec('COMMIT');
        return result;
      } catch (error) {
        // After some errors, a full disk for one, SQLite has already rolled back.
        if (this.#inner.isTransaction) this.#inner.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** @returns how many rows were changed */
  run(sql: string, ...values: Value[]): number {
    return this.#asked(() => Number(this.#statement(sql).run(...values.map(bindable)).changes));
  }

  /** @returns the number that the new row was given */
  insert(sql: string, ...values: Value[]): number {
    return this.#asked(() => Number(this.#statement(sql).run(...values.map(bindable)).lastInsertRowid));
  }

  /** For reading only: it stops at the first row, and would not hear of a disk that refuses what comes after it. */
  get(sql: string, ...values: Value[]): Row | undefined {
    const row = this.#asked(() => this.#statement(sql).get(...values.map(bindable)));
    return row === undefined ? undefined : new Row(row);
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#asked(() => this.#statement(sql).all(...values.map(bindable))).map((row) => new Row(row));
  }

  /**
   * Refuses before anything is written what could be begun on this disk and not be ended.
   * @param bytes how many will be written at most
   */
  requireRoom(bytes: number): void {
    // Each byte goes to the log first, then to its place.
    const { bavail, bsize } = this.#asked(() => statfsSync(this.#file));
    if (bavail * bsize < 2 * bytes + margin) throw diskFull(this.#file);
  }

  /** Empties the log, which still holds what was deleted. Best effort: it is emptied again at the next chance. */
  emptyLog(): void {
    try {
      this.#inner.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      if (!(failureOf(error, this.#file) instanceof Failure)) throw error;
    }
  }

  #part<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#spoilt = true;
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#inner.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #asked<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw failureOf(error, this.#file);
    }
  }
}

/** SQLite gives its companion files the mode of the database. */
function makePrivate(file: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) {
    const descriptor = openSync(file, 'a', 0o600);
    // The umask of the process may have taken bits away.
    fchmodSync(descriptor, 0o600);
    closeSync(descriptor);
    return;
  }
  // Opening and closing it here would drop the locks that another part of this process holds.
  if (!found.isFile()) throw new Failure('state-unusable', `${file} is not a file`, 'move it away');
  for (const name of [file, `${file}-wal`, `${file}-shm`]) {
    const mode = lstatSync(name, { throwIfNoEntry: false })?.mode ?? 0o600;
    if ((mode & 0o777) !== 0o600) chmodSync(name, 0o600);
  }
}

function bindable(value: Value): SQLInputValue {
  return typeof value === 'string' ? wellFormed(value) : (value ?? null);
}

/**
 * UTF-8 cannot carry half a surrogate pair; it would come back as another character.
 * @throws Failure `bad-request`
 */
export function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  throw new Failure('bad-request', 'a text is not well-formed Unicode', 'send it in UTF-8');
}
