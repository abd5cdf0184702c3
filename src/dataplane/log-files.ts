import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './system/files.ts';

/** Files that the output of the processes of the data plane is appended to. */
export interface LogFiles {
  readonly directory: string;
  /** stdout of HAProxy: the access log. */
  readonly access: string;
  /** stderr of HAProxy: what it says about itself. */
  readonly process: string;
  readonly keepalived: string;
  readonly bird: string;
  readonly watchdog: string;
}

export function logFiles(stateDirectory: string): LogFiles {
  const directory = join(stateDirectory, 'log');
  return {
    directory,
    access: join(directory, 'access.log'),
    process: join(directory, 'haproxy.log'),
    keepalived: join(directory, 'keepalived.log'),
    bird: join(directory, 'bird.log'),
    watchdog: join(directory, 'watchdog.log'),
  };
}

/** Opens a log for a process to append to. */
export function openLog(path: string): Promise<FileHandle> {
  return open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW,
    0o640,
  );
}

/** The size of a log in bytes, 0 when there is none. */
export async function sizeOfLog(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** What was appended to a log since it had this size; empty when somebody has removed it. */
export async function readLogFrom(path: string, from: number): Promise<string> {
  const handle = await open(path, constants.O_RDONLY).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (handle === undefined) return '';
  try {
    const size = Math.max(0, Math.min((await handle.stat()).size - from, 1024 * 1024));
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
