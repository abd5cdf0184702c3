import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Aorta } from '../demo/aorta.ts';
import { type Entrance, through } from '../entrance.ts';
import { rollWith } from './roll.ts';
import type { Commands } from './setting.ts';

export type Declare = (parameters: Readonly<Record<string, unknown>>) => string;

/** The product in front of the estate: its command and nothing else. */
export class Product implements Commands {
  readonly failures: string[] = [];
  readonly state: string;
  readonly #directory: string;
  readonly #root: string;
  readonly #file: string;
  readonly #declare: Declare;
  readonly #entrance: Entrance;
  readonly #aorta: Aorta;
  #said = '';

  /**
   * @param declare writes the declaration with some parameters of the blueprint added or replaced
   * @param entrance to the machine on which it runs
   */
  constructor(root: string, directory: string, declare: Declare, entrance: Entrance = []) {
    this.#root = root;
    this.#directory = directory;
    this.state = join(directory, 'state');
    this.#file = join(directory, 'aorta.yaml');
    this.#declare = declare;
    this.#entrance = entrance;
    const tell = (text: string): void => {
      this.#said += text;
    };
    this.#aorta = new Aorta(root, this.state, tell, entrance);
  }

  /** @throws Error when the declaration is refused */
  async up(): Promise<void> {
    await writeFile(this.#file, this.#declare({}));
    if (!(await this.#aorta.up(this.#file)))
      throw new Error(`the product refused the declaration:\n${this.#said}`);
  }

  /** Ends it in order, and waits until the controller has gone. */
  async down(): Promise<void> {
    await this.#aorta.down();
  }

  /** One that fails is remembered. */
  async run(words: readonly string[]): Promise<void> {
    const { code, said } = await this.#command([...words, '--state', this.state]);
    if (code !== 0) this.failures.push(`aorta ${words.join(' ')} ended with ${code}: ${said.trim()}`);
  }

  async apply(parameters: Readonly<Record<string, unknown>>): Promise<void> {
    await this.run(['apply', await this.declare(parameters), '--guard', '1s']);
  }

  /** Writes the declaration with other parameters. @returns the file */
  async declare(parameters: Readonly<Record<string, unknown>>): Promise<string> {
    await writeFile(this.#file, this.#declare(parameters));
    return this.#file;
  }

  async roll(hosts: readonly string[], patch: (host: string) => Promise<void>): Promise<void> {
    await rollWith(this.#directory, hosts, patch, (words) => this.run(words));
  }

  #command(words: readonly string[]): Promise<{ code: number; said: string }> {
    return new Promise((resolve) => {
      const command = through(this.#entrance, join(this.#root, 'bin', 'aorta'), words);
      execFile(...command, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, said: stdout + stderr });
      });
    });
  }
}
