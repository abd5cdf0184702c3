import type { Rehearsal } from '../../model/address-move.ts';
import { readJsonIfPresent, replaceFile } from '../system/files.ts';

/** The last rehearsal; nobody looks for an earlier one. */
export async function writeRehearsal(path: string, rehearsal: Rehearsal): Promise<void> {
  await replaceFile(path, JSON.stringify(rehearsal), 0o600);
}

export async function readRehearsal(path: string): Promise<Rehearsal | undefined> {
  return (await readJsonIfPresent(path)) as Rehearsal | undefined;
}
