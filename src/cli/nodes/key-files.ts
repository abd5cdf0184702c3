import { constants } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../../kernel/failure.ts';
import type { NamedFile } from '../../pki/named-file.ts';

/** The bytes of a file; undefined when it does not exist. @throws Failure `file-unreadable` */
export async function readIfThere(path: string): Promise<NamedFile | undefined> {
  try {
    return { name: path, bytes: await readFile(path) };
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    const what = `cannot read ${JSON.stringify(path)}: ${codeOf(cause) ?? 'it cannot be opened'}`;
    throw new Failure('file-unreadable', what, 'correct the path, or its permissions', { cause });
  }
}

export async function othersCanRead(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o004) !== 0;
}

/** New files that are all there afterwards, or none. */
export class NewFiles {
  readonly #written: string[] = [];

  /** @param mode 0o600 for what holds a key */
  async write(path: string, content: string, mode: 0o600 | 0o644): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const handle = await open(path, flags, mode);
    this.#written.push(path);
    try {
      // The umask may have taken bits away.
      await handle.chmod(mode);
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Takes back what was written. */
  async remove(): Promise<void> {
    for (const path of this.#written.toReversed()) await rm(path, { force: true });
  }
}

/** Replaces a file that holds no secret, in one atomic step. */
export async function replacePublicFile(path: string, content: string): Promise<void> {
  await rm(`${path}.new`, { force: true });
  await new NewFiles().write(`${path}.new`, content, 0o644);
  await rename(`${path}.new`, path);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
