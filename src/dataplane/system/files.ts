import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file that did not exist and makes it durable. The mode is set before the first byte is written. */
export async function writeNewFile(path: string, content: string, mode: number): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await usingHandle(await open(path, flags, mode), async (handle) => {
    // The umask of the process may have taken bits away.
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  });
}

/** Replaces a file in one atomic step: readers see the old content or the new, also after a power cut. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await writeNewFile(temporary, content, mode);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Points a symbolic link somewhere else in one atomic step. */
export async function replaceLink(path: string, target: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Makes renames and new names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  await usingHandle(await open(path, constants.O_RDONLY | constants.O_DIRECTORY), (handle) => handle.sync());
}

/** Creates a directory for this account only, with its parents. */
export async function privateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/** The text of a file, or undefined when it does not exist. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** What a file holds that only we write, as JSON and in one step; undefined when there is none, or it is none of ours. */
export async function readJsonIfPresent(path: string): Promise<unknown> {
  const text = await readIfPresent(path);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** True when a file operation failed because there is no such file. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR';
}

/** The code of a system error, such as `EACCES`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

async function usingHandle<T>(handle: FileHandle, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
