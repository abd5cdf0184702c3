import { readFile, stat } from 'node:fs/promises';
import { type Outline, readOutline } from './outline.ts';

/** The one that runs, the one that is to run, and the one before. */
const kept = 3;

/** Outlines of haproxy.cfg, each read once for as long as its file looks the same. */
export class Outlines {
  readonly #known = new Map<string, { readonly looks: string; readonly outline: Outline }>();

  async of(file: string): Promise<Outline> {
    // The time of the last change of the inode cannot be set by hand, unlike that of the content.
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    const looks = `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    const found = this.#known.get(file);
    this.#known.delete(file);
    const outline = found?.looks === looks ? found.outline : readOutline(await readFile(file, 'utf8'));
    this.#known.set(file, { looks, outline });
    for (const oldest of [...this.#known.keys()].slice(0, -kept)) this.#known.delete(oldest);
    return outline;
  }
}
