import { Bug } from '../kernel/bug.ts';

/**
 * A word of keepalived.conf or bird.conf, or several that stand in quotes as one: a program with its arguments.
 *
 * keepalived gives a meaning to quotes, brackets, `#`, `!`, `$`, `@`, `~` and backslashes, and the meaning differs between
 * its versions; BIRD to most of them. Nothing that we say needs any of them, so none is ever written.
 */
type Word = string | readonly string[];

const plain = /^[A-Za-z0-9._:,/+-]+$/;

/**
 * Collects lines of keepalived.conf, or of bird.conf, where each ends with a semicolon. The only way in for a value is as a word of its own, and a word cannot hold what
 * ends a line, a block or itself. A block ends when what is written in it has been written.
 */
export class BlockEmitter {
  readonly #end: '' | ';';
  #text = '';
  #depth = 0;

  /** @param end what each statement ends with */
  constructor(end: '' | ';' = '') {
    this.#end = end;
  }

  get text(): string {
    return this.#text;
  }

  /** @param words the first is a keyword, or what is listed in the block around it */
  line(...words: readonly Word[]): void {
    this.#write(join(words) + this.#end);
  }

  block(words: readonly Word[], write: () => void): void {
    // Between blocks of the file itself there is an empty line.
    if (this.#depth === 0 && !/(^|\n\n|\n#.*\n)$/.test(this.#text)) this.gap();
    this.#write(`${join(words)} {`);
    this.#depth += 1;
    write();
    this.#depth -= 1;
    this.#write(`}${this.#end}`);
  }

  /** A block with one value a line. */
  list(word: string, values: readonly (readonly Word[])[]): void {
    this.block([word], () => {
      for (const value of values) this.line(...value);
    });
  }

  /** What BIRD reads at this place from a file, if there is one: a pattern that nothing fits is no mistake. */
  includeIfThere(path: string): void {
    this.#write(`include "${spelled(path)}*"${this.#end}`);
  }

  /** An empty line. */
  gap(): void {
    this.#text += '\n';
  }

  /** A remark for the reader: a constant of the engine, never a value. */
  remark(text: string): void {
    this.#write(`# ${text}`);
  }

  #write(line: string): void {
    this.#text += `${'    '.repeat(this.#depth)}${line}\n`;
  }
}

function join(words: readonly Word[]): string {
  return words
    .map((word) => (typeof word === 'string' ? spelled(word) : `"${word.map(spelled).join(' ')}"`))
    .join(' ');
}

/** @throws Bug when it is more, or less, than a word: no value of ours is */
function spelled(word: string): string {
  if (!plain.test(word)) throw new Bug('a word of a configuration with a character that means something');
  return word;
}
