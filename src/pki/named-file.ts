import type { Finding } from '../kernel/diagnostic.ts';

/** A file as the caller read it. The name is only for findings; nothing here opens a file. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What is wrong, before the caller says which place in the declaration it concerns. */
export type Problem = Omit<Finding, 'path'>;

/** The largest file that is read, in bytes. The largest public bundle of authorities is a quarter of it. */
export const fileSizeLimit = 1024 * 1024;

/** A file name as one word of a shell command, so that a mend can be copied as it stands. */
export function shellWord(name: string): string {
  if (/^[A-Za-z0-9_./+@%,:=-]+$/.test(name) && !name.startsWith('-')) return name;
  return `'${name.startsWith('-') ? './' : ''}${name.replaceAll("'", "'\\''")}'`;
}
