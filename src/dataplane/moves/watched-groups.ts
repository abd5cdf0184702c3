import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuntimePaths } from '../runtime-paths.ts';
import { readIfPresent, readJsonIfPresent, replaceFile } from '../system/files.ts';

/** A group as the watchdog looks for it: where its anchor address is, the group is. */
export interface WatchedGroup {
  readonly name: string;
  readonly interface: string;
  /** Canonical. */
  readonly anchor: string;
}

/** What the watchdog has to know of keepalived.conf: it would be twice as large if it could read that itself. */
function watchedFile({ directory }: Pick<RuntimePaths, 'directory'>): string {
  return join(directory, 'watched-groups');
}

/** Writes nothing that is there already. */
export async function writeWatchedGroups(
  paths: RuntimePaths,
  groups: readonly WatchedGroup[],
): Promise<void> {
  const text = JSON.stringify(groups);
  if ((await readIfPresent(watchedFile(paths))) !== text) await replaceFile(watchedFile(paths), text, 0o600);
}

export async function removeWatchedGroups(paths: RuntimePaths): Promise<void> {
  await rm(watchedFile(paths), { force: true });
}

export async function readWatchedGroups(paths: RuntimePaths): Promise<readonly WatchedGroup[] | undefined> {
  return (await readJsonIfPresent(watchedFile(paths))) as readonly WatchedGroup[] | undefined;
}
