import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Entrance, through } from '../entrance.ts';

/** The product, through its command line only. */
export class Aorta {
  readonly #command: string;
  readonly #state: string;
  readonly #tell: ((text: string) => void) | undefined;
  readonly #entrance: Entrance;
  #controller: ChildProcess | undefined;

  /**
   * @param tell gets what it says, findings too; without it that goes to the terminal, results only when it is refused
   * @param entrance to the machine on which it runs
   */
  constructor(root: string, state: string, tell?: (text: string) => void, entrance: Entrance = []) {
    this.#command = join(root, 'src', 'main.ts');
    this.#state = state;
    this.#tell = tell;
    this.#entrance = entrance;
  }

  /** Puts a declaration into service. @returns false when it was refused; the reasons have then been printed */
  async up(file: string): Promise<boolean> {
    // A process group of its own: Ctrl-C on the terminal must reach it through us, after the estate is told.
    const child = spawn(...this.#words('up', file), {
      detached: true,
      // Findings go to standard error: they are for the person at the terminal, warnings too.
      stdio: ['ignore', 'pipe', this.#tell === undefined ? 'inherit' : 'pipe'],
    });
    this.#controller = child;
    child.stderr?.on('data', (part: Buffer) => this.#tell?.(part.toString()));
    let said = '';
    const exited = once(child, 'exit').then(() => false);
    const inService = new Promise<true>((resolve) => {
      child.stdout?.on('data', (part: Buffer) => {
        said += part.toString();
        this.#tell?.(part.toString());
        if (said.includes('in service;')) resolve(true);
      });
    });
    const served = await Promise.race([inService, exited]);
    if (!served && this.#tell === undefined) process.stdout.write(said);
    return served;
  }

  /** Shows the live table until somebody interrupts, or the controller ends. */
  async watch(interrupted: Promise<void>): Promise<void> {
    const child = spawn(...this.#words('status', '--watch'), { stdio: 'inherit' });
    const exited = once(child, 'exit');
    await Promise.race([interrupted, exited]);
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
  }

  /** Ends HAProxy and the controller, if they run. */
  async down(): Promise<void> {
    const child = spawn(...this.#words('down'), { stdio: 'ignore' });
    await once(child, 'exit');
    const controller = this.#controller;
    if (controller !== undefined && controller.exitCode === null && controller.signalCode === null) {
      await once(controller, 'exit');
    }
  }

  #words(...words: readonly string[]): readonly [string, string[]] {
    return through(this.#entrance, process.execPath, [this.#command, ...words, '--state', this.#state]);
  }
}
