import { constants } from 'node:fs';
import { link, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What is added to the name of the file that was replaced. */
export const oldSuffix = '.old';

/**
 * Replaces a file of an operator in one atomic step, readable by its owner only. The owner stays, and the file that
 * was there is kept beside it. A symbolic link stays one: what it leads to is replaced.
 * @throws what the file system says, and then nothing was replaced
 */
export async function replaceOwnedFile(path: string, content: Uint8Array): Promise<void> {
  const target = await realpath(path);
  const { uid, gid } = await stat(target);
  const temporary = `${target}.new`;
  await rm(temporary, { force: true });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(temporary, flags, 0o600);
  try {
    await handle.chown(uid, gid);
    await handle.writeFile(content);
    await handle.sync();
    await rm(`${target}${oldSuffix}`, { force: true });
    await link(target, `${target}${oldSuffix}`);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  const directory = await open(dirname(target), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
