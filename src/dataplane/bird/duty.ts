import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { isMissing } from '../system/files.ts';

/**
 * What BIRD reads in the middle of the block of the addresses, where the last word counts. Of one length, so that one is
 * written over the other in place: a file that is moved there needs room on the disk, and a full disk must not hold
 * addresses on a dead node.
 */
const words = { fit: 'disabled no ;\n', unfit: 'disabled yes;\n' } as const;

/** What the file of a withdrawal says. */
export const withdrawn = words.unfit;

/** Whether it says that nothing is to be announced; absent when there is no file, and nothing is announced either. */
export function readDuty(path: string): { readonly fault: boolean } | undefined {
  try {
    return { fault: readFileSync(path, 'utf8') !== words.fit };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes it in place. @param mode `create`, or `change` to do nothing where it is not there: nobody announces here */
export function writeDuty(path: string, fault: boolean, mode: 'create' | 'change'): void {
  const flags = constants.O_WRONLY | constants.O_NOFOLLOW | (mode === 'create' ? constants.O_CREAT : 0);
  let handle: number;
  try {
    handle = openSync(path, flags, 0o600);
  } catch (error) {
    if (mode === 'change' && isMissing(error)) return;
    throw error;
  }
  try {
    writeSync(handle, fault ? words.unfit : words.fit, 0);
  } finally {
    closeSync(handle);
  }
}
