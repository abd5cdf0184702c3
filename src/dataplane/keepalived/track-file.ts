import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { GroupWord } from '../../ir/group-word.ts';
import type { TrackedFile } from '../port.ts';
import { readIfPresent } from '../system/files.ts';

/**
 * A file that keepalived tracks. It reads it whenever somebody has closed it after writing, or moved another one to its
 * place (measured); what is no number is 0, and so is a file that is gone.
 */
export async function readTrackFile(
  path: string,
): Promise<(TrackedFile & { readonly word: string }) | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  const { mtimeMs } = await stat(path);
  return { fault: /^\s*[-+]?0*[1-9]/.test(text), since: Math.round(mtimeMs), word: text.trim() };
}

/** Creates it, without a fault, unless it is there. */
export async function ensureTrackFile(path: string): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    if ((await handle.stat()).size === 0) await handle.write('0\n', 0);
  } finally {
    await handle.close();
  }
}

/**
 * Writes one byte in place, which no reader can see half of. Not a new file that is moved there: on a full disk there
 * would be none, and the addresses would stay on a node that is dead.
 */
export function writeTrackFile(path: string, word: GroupWord): void {
  const handle = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    writeSync(handle, `${word}\n`, 0);
  } finally {
    closeSync(handle);
  }
}
