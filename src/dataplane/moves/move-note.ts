import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { IntendedMove } from '../port.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import { readJsonIfPresent, replaceFile } from '../system/files.ts';

/** What is about to be done to the addresses on purpose: the watchdog sees only that they come and leave. */
export interface MoveNote extends IntendedMove {
  /** In milliseconds since 1970. */
  readonly at: number;
}

function noteFile({ directory }: Pick<RuntimePaths, 'directory'>): string {
  return join(directory, 'move-note');
}

export async function removeMoveNote(paths: RuntimePaths): Promise<void> {
  await rm(noteFile(paths), { force: true });
}

/** What cannot be written down keeps nobody from doing it. */
export async function writeMoveNote(paths: RuntimePaths, note: MoveNote): Promise<void> {
  await replaceFile(noteFile(paths), JSON.stringify(note), 0o600).catch(() => undefined);
}

export async function readMoveNote(paths: RuntimePaths): Promise<MoveNote | undefined> {
  return (await readJsonIfPresent(noteFile(paths))) as MoveNote | undefined;
}
