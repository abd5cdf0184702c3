import { execFile } from 'node:child_process';
import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Aorta } from '../demo/aorta.ts';
import { type Entrance, through } from '../entrance.ts';
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
    const wish = join(this.#directory, 'patch-');
    // The command of the roll leaves a wish and waits until it has been granted.
    const command = `touch "${wish}$AORTA_HOST"; while [ -e "${wish}$AORTA_HOST" ]; do sleep 0.05; done`;
    let rolling = true;
    const grant = async (): Promise<void> => {
      for (; rolling; await pause(50)) {
        for (const host of hosts) {
          if (!(await exists(wish + host))) continue;
          await patch(host);
          await rm(wish + host);
        }
      }
    };
    const granting = grant();
    // Lab servers are warm sooner than those of a hospital, for which twice the time is the default.
    await this.run(['roll', ...hosts, '--run', command, '--settle', '5s', '--reason', 'patches']);
    rolling = false;
    await granting;
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

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
