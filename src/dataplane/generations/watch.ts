import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../kernel/digest.ts';
import { errorCode } from '../system/files.ts';

/**
 * Tells whether the files of a directory still are what they were. Cheap enough for every few seconds: a file is
 * read again only when something about it looks different from when it was last found sound.
 */
export class Watch {
  /** How each file looked when it was found sound, by directory and path. */
  readonly #sound = new Map<string, Map<string, Looks>>();

  /** @param digests what was written, by path relative to the directory */
  async changed(directory: string, digests: ReadonlyMap<string, string>): Promise<string[]> {
    const sound = this.#soundIn(directory);
    const changed: string[] = [];
    for (const [path, digest] of digests) {
      if (!(await isSound(join(directory, path), digest, sound.get(path), (looks) => sound.set(path, looks))))
        changed.push(path);
    }
    return changed;
  }

  /** Takes new links to sound files for sound, too, unless a file looks different by now. */
  linked(paths: readonly string[], from: string, to: string): void {
    const [known, sound] = [this.#soundIn(from), this.#soundIn(to)];
    for (const path of paths) {
      const now = look(join(to, path));
      if (known.get(path)?.content === now.content) sound.set(path, now);
    }
  }

  #soundIn(directory: string): Map<string, Looks> {
    const known = this.#sound.get(directory) ?? new Map<string, Looks>();
    this.#sound.delete(directory);
    this.#sound.set(directory, known);
    for (const oldest of [...this.#sound.keys()].slice(0, -keptDirectories)) this.#sound.delete(oldest);
    return known;
  }
}

/** The one in service and the one that is made from it. */
const keptDirectories = 2;

interface Looks {
  /** Changes with the content, unless somebody puts the time back. */
  readonly content: string;
  /** Changes with everything, a new link included. */
  readonly change: bigint;
}

async function isSound(
  file: string,
  digest: string,
  known: Looks | undefined,
  remember: (looks: Looks) => void,
): Promise<boolean> {
  try {
    const looks = look(file);
    if (known?.content === looks.content && known.change === looks.change) return true;
    if (sha256(await readFile(file)) !== digest) return false;
    remember(looks);
    return true;
  } catch (error) {
    // Missing, or something else than a file of ours that we may read.
    if (errorCode(error) !== undefined) return false;
    throw error;
  }
}

/** The time of the last change of the inode cannot be set by hand, unlike that of the content. */
function look(file: string): Looks {
  // Thousands of times a second this way takes a fifth of the processor time of the other.
  const { ino, size, mtimeNs, ctimeNs, mode } = statSync(file, { bigint: true });
  return { content: `${ino} ${size} ${mtimeNs} ${mode}`, change: ctimeNs };
}
