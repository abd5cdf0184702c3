import type { Path } from '../kernel/path.ts';
import { quote } from './quote.ts';

/** One line of haproxy.cfg, and where it came from; undefined for lines of the engine itself. */
export interface Line {
  readonly text: string;
  readonly origin: Path | undefined;
}

/**
 * Collects lines. The only way in for a value is as a word of its own, and every word is quoted: nothing is
 * ever put together into a line as text.
 */
export class Emitter {
  readonly #lines: Line[] = [];

  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** Begins a section, after an empty line. */
  section(origin: Path | undefined, ...words: readonly string[]): void {
    if (this.#lines.length > 0) this.#lines.push({ text: '', origin: undefined });
    this.#lines.push({ text: join(words), origin });
  }

  /** One directive of the section that was begun last. */
  line(origin: Path | undefined, ...words: readonly string[]): void {
    this.#lines.push({ text: `    ${join(words)}`, origin });
  }

  /** A remark for the reader inside a section: a constant of the engine, never a value. */
  remark(text: string): void {
    this.#lines.push({ text: `    # ${text}`, origin: undefined });
  }

  /** A remark for the reader of the file: a constant of the engine, never a value. */
  heading(...texts: readonly string[]): void {
    if (this.#lines.length > 0) this.#lines.push({ text: '', origin: undefined });
    for (const text of texts) this.#lines.push({ text: `# ${text}`, origin: undefined });
  }
}

function join(words: readonly string[]): string {
  return words.map(quote).join(' ');
}
