import type { SQLOutputValue } from 'node:sqlite';
import { damage } from './sqlite-failure.ts';

/** One row of an answer. Each column is looked at as it is read: a file on disk is input like any other. */
export class Row {
  readonly #values: Readonly<Record<string, SQLOutputValue>>;

  constructor(values: Readonly<Record<string, SQLOutputValue>>) {
    this.#values = values;
  }

  integer(column: string): number {
    return this.#present(column, this.integerIf(column));
  }

  text(column: string): string {
    return this.#present(column, this.textIf(column));
  }

  bytes(column: string): Uint8Array {
    const value = this.#values[column];
    if (!(value instanceof Uint8Array)) throw damage(`${column} is not binary`);
    return value;
  }

  integerIf(column: string): number | undefined {
    const value = this.#values[column] ?? undefined;
    if (value !== undefined && typeof value !== 'number') throw damage(`${column} is not a number`);
    return value;
  }

  textIf(column: string): string | undefined {
    const value = this.#values[column] ?? undefined;
    if (value !== undefined && typeof value !== 'string') throw damage(`${column} is not text`);
    return value;
  }

  /** One of a closed list of words. */
  word<T extends string>(column: string, words: Words<T>): T {
    const value = this.text(column);
    if (!isWord(value, words)) throw damage(`${column} has no value that is known`);
    return value;
  }

  /** A list of texts, kept as JSON. */
  texts(column: string): readonly string[] {
    const value = parsed(this.text(column));
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw damage(`${column} is not a list of texts`);
  }

  #present<T>(column: string, value: T | undefined): T {
    if (value === undefined) throw damage(`${column} has no value`);
    return value;
  }
}

/** All words of a union; the compiler sees to it that none is missing. */
export type Words<T extends string> = Readonly<Record<T, true>>;

function isWord<T extends string>(value: string, words: Words<T>): value is T {
  return Object.hasOwn(words, value);
}

/** Undefined for what is not JSON: the message of the parser would quote it. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
