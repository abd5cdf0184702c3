import { Bug } from '../kernel/bug.ts';
import { Failure } from '../kernel/failure.ts';

/**
 * What an error of SQLite or of the system means to the operator; anything else is given back as it is. Messages of SQLite name tables
 * and columns, never values, but none of them is repeated.
 */
export function failureOf(error: unknown, file: string): unknown {
  if (error instanceof Error && 'syscall' in error) return refused(unwritable, file, error);
  const code = primaryCode(error);
  if (code === undefined) return error;
  const refusal = refusals[code];
  if (refusal === undefined) return new Bug(`SQLite refused a statement (${code})`, { cause: error });
  return refused(refusal, file, error);
}

/** For room that was asked for before anything was written. */
export function diskFull(file: string): Failure {
  return refused(full, file);
}

function refused({ what, mend }: Refusal, file: string, cause?: unknown): Failure {
  return new Failure('state-unusable', `${what}: ${file}`, mend, { cause });
}

/** The result code without its extension. See https://www.sqlite.org/rescode.html. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

type Refusal = { readonly what: string; readonly mend: string };

const full: Refusal = {
  what: 'the disk is full, so nothing was recorded',
  mend: 'make room on it and try again; all that was recorded before is kept',
};
const unwritable: Refusal = {
  what: 'the record of changes cannot be written or opened',
  mend: 'see whether its disk is full, read-only or failing, and whether it belongs to this account',
};
const busy: Refusal = {
  what: 'another process is writing the record of changes',
  mend: 'end it, then try again',
};
const damaged: Refusal = {
  what: 'the record of changes is damaged',
  mend: 'keep a copy of it, then restore it from a backup, or move it away to begin a new one',
};
const foreign: Refusal = {
  what: 'the file is not a record of changes',
  mend: 'move it away; it was not touched',
};

const refusals: Readonly<Record<number, Refusal>> = {
  3: unwritable, // PERM
  5: busy,
  6: busy, // LOCKED
  8: unwritable, // READONLY
  10: unwritable, // IOERR
  11: damaged, // CORRUPT
  13: full,
  14: unwritable, // CANTOPEN
  15: busy, // PROTOCOL: a race for a lock that was lost many times
  23: unwritable, // AUTH
  26: foreign, // NOTADB
};

/** For what was read and cannot have been written by us. @param what as a clause; never a value */
export function damage(what: string): Failure {
  return new Failure('state-unusable', `${damaged.what}: ${what}`, damaged.mend);
}
