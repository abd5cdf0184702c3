import { constants, existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { FileContent, FileContents, FileNeed } from '../declaration/files.ts';
import { Failure } from '../kernel/failure.ts';

/** A certificate bundle is some kilobytes; this is what may be read into memory for one file. */
const largest = 1024 * 1024;

/** Reads the text of a declaration. @throws Failure `file-unreadable` */
export function readDeclarationText(file: string): Promise<string> {
  return readText(file, 'give the path of a declaration; `aorta init` writes one');
}

/** Reads the text of a node file. @throws Failure `file-unreadable` */
export function readNodeText(file: string): Promise<string> {
  return readText(file, 'give the path of a node file, which says which node of the pair this machine is');
}

/** The same, of a file that need not exist. @returns undefined when it does not */
export async function readNodeTextIfThere(file: string): Promise<string | undefined> {
  return existsSync(file) ? readNodeText(file) : undefined;
}

async function readText(file: string, mend: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Failure('file-unreadable', `cannot read ${JSON.stringify(file)}: ${reasonOf(error)}`, mend, {
      cause: error,
    });
  }
}

/** Reads the files that a declaration names. @param directory what relative names are relative to */
export async function readFiles(needs: readonly FileNeed[], directory: string): Promise<FileContents> {
  const names = [...new Set(needs.map((need) => need.file))];
  const contents = new Map<string, FileContent>();
  // One after the other: a thousand certificates must not need a thousand descriptors.
  for (const name of names)
    contents.set(name, await readOne(isAbsolute(name) ? name : resolve(directory, name)));
  return contents;
}

async function readOne(path: string): Promise<FileContent> {
  try {
    // Not blocking: a named pipe must not make the check wait for ever.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return { kind: 'unreadable', reason: 'it is not a file' };
      if (stat.size > largest) return { kind: 'unreadable', reason: 'it is larger than 1 MiB' };
      return { kind: 'read', bytes: await handle.readFile(), othersCanRead: (stat.mode & 0o004) !== 0 };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { kind: 'unreadable', reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'it does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a directory';
    case 'ENOTDIR':
      return 'a part of its path is not a directory';
    default:
      return typeof code === 'string' ? code : 'it cannot be opened';
  }
}
