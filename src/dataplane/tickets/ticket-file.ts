import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../kernel/failure.ts';
import { revealRing, TicketRing } from '../../model/ticket-ring.ts';
import { ownDirectory } from '../own-directory.ts';
import { errorCode, readIfPresent, readJsonIfPresent, replaceFile } from '../system/files.ts';

/** The ticket keys of one machine, in a private directory in memory. */
export class TicketFile {
  /** What HAProxy reads: a key a line, the oldest first. */
  readonly path: string;
  readonly #directory: string;
  readonly #ring: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, 'keys');
    this.#ring = join(directory, 'ring.json');
  }

  /** What an earlier controller left; undefined when there is none, or it cannot be read. @throws Failure `state-unusable` */
  async read(): Promise<TicketRing | undefined> {
    ownDirectory(this.#directory, 0o700);
    const read = TicketRing.safeParse(await readJsonIfPresent(this.#ring));
    return read.success ? read.data : undefined;
  }

  /** Writes both files where they are not so already: HAProxy and whoever comes after us read the same. @throws Failure `state-unusable` */
  async write(ring: TicketRing): Promise<void> {
    ownDirectory(this.#directory, 0o700);
    const revealed = revealRing(ring);
    try {
      await replaceIfDifferent(this.#ring, `${JSON.stringify(revealed)}\n`);
      await replaceIfDifferent(this.path, revealed.map(({ key }) => `${key}\n`).join(''));
    } catch (cause) {
      const code = errorCode(cause);
      if (code === undefined) throw cause;
      const what = `the keys of TLS tickets cannot be written to ${this.#directory} (${code})`;
      throw new Failure('state-unusable', what, 'see whether memory is free there', { cause });
    }
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function replaceIfDifferent(path: string, content: string): Promise<void> {
  if ((await readIfPresent(path)) !== content) await replaceFile(path, content, 0o600);
}
