import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loopbackAddress } from './loopback.ts';

const main = fileURLToPath(new URL('./counting-server-main.ts', import.meta.url));

/** A server in a process of its own, which can be killed, stopped and started again. */
export class CountingServer {
  readonly address = loopbackAddress();
  readonly port = 8000;
  readonly #file: string;
  #child: ChildProcess | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  async start(): Promise<void> {
    const child = fork(main, [this.address, String(this.port), this.#file], { execArgv: [] });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
  }

  /** SIGSTOP freezes it with its connections open, SIGCONT wakes it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** `METHOD id` of each request that was carried out, in all its lives. */
  async carriedOut(): Promise<string[]> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }
}
