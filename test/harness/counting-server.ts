import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Answers } from './counting-server-main.ts';
import { loopbackAddress } from './loopback.ts';

const main = fileURLToPath(new URL('./counting-server-main.ts', import.meta.url));

/** A server in a process of its own, which can be killed, stopped and started again. */
export class CountingServer {
  readonly address = loopbackAddress();
  readonly port = 8000;
  readonly #file: string;
  readonly #pem: string | undefined;
  #child: ChildProcess | undefined;

  /**
   * @param file where it counts
   * @param pem a file with a certificate and its key, for a server that speaks TLS
   */
  constructor(file: string, pem?: string) {
    this.#file = file;
    this.#pem = pem;
  }

  async start(): Promise<void> {
    const words = [this.address, String(this.port), this.#file];
    const child = fork(main, this.#pem === undefined ? words : [...words, this.#pem], { execArgv: [] });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
  }

  /** What it answers from now on. */
  async answer(answers: Answers): Promise<void> {
    const child = this.#child;
    if (child === undefined) throw new Error('the server does not run');
    const done = once(child, 'message');
    child.send(answers);
    await done;
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
