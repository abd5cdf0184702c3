import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Carrier, type Verdict, verdictOf } from './counting-verdict.ts';
import { until } from './until.ts';

const main = fileURLToPath(new URL('./counting-client-main.ts', import.meta.url));

/** How a client uses its connections. HTTP/2 is for TLS only, and is left out where it is plain. */
export type LoopKind = 'http1-kept' | 'http1-new' | 'http2-kept' | 'http2-new';
export const everyKind: readonly LoopKind[] = ['http1-kept', 'http1-new', 'http2-kept', 'http2-new'];

/** Where a service is reached. */
export interface ServicePlace {
  readonly address: string;
  readonly port: number;
  readonly hostname: string;
  /** PEM that verifies it; absent: plain. */
  readonly ca?: string;
}

export interface ClientOrder {
  readonly ways: readonly ServicePlace[];
  /** At each place: one that sends one request after the other, GET and POST by turns; two for `http2-kept`. */
  readonly loops: readonly LoopKind[];
  /** Milliseconds between an answer and the next request. */
  readonly idle: number;
  readonly path: string;
  /** Where it leaves `METHOD id` of everything that was answered. */
  readonly answeredFile: string;
}

/** How far the clients are. */
export interface Sofar {
  readonly sent: number;
  readonly answered: number;
  readonly refused: number;
  readonly lost: number;
  readonly slowest: number;
  /** Since the message before. */
  readonly losses: readonly Loss[];
}

export interface Loss {
  readonly kind: string;
  readonly method: string;
  readonly id: string;
  /** Milliseconds since the start of the clients. */
  readonly at: number;
  readonly what: string;
}

/** Clients in a process of their own, so that a busy test delays no request and counts every one. */
export class CountingClient {
  readonly #child: ChildProcess;
  readonly #answeredFile: string;
  readonly #losses: Loss[] = [];
  #sofar: Sofar = { sent: 0, answered: 0, refused: 0, lost: 0, slowest: 0, losses: [] };
  #ended = false;

  /** @param directory for a file of its own */
  constructor(
    directory: string,
    ways: readonly ServicePlace[],
    {
      loops = everyKind,
      idle = 0,
      path = '/counted',
    }: Partial<Pick<ClientOrder, 'loops' | 'idle' | 'path'>> = {},
  ) {
    this.#child = fork(main, [], { execArgv: [] });
    this.#answeredFile = join(directory, `answered-${this.#child.pid}`);
    this.#child.on('message', (message: Sofar | 'ended') => {
      if (message === 'ended') this.#ended = true;
      else {
        this.#sofar = message;
        this.#losses.push(...message.losses);
      }
    });
    this.#child.send({ ways, loops, idle, path, answeredFile: this.#answeredFile } satisfies ClientOrder);
  }

  get sofar(): Sofar {
    return this.#sofar;
  }

  get losses(): readonly Loss[] {
    return this.#losses;
  }

  /** Waits until so many more requests were answered well. */
  async more(count: number, milliseconds = 20_000): Promise<void> {
    const goal = this.#sofar.answered + count;
    await until(
      `${count} more requests are answered`,
      () => {
        if (this.#child.exitCode !== null) throw new Error(`the clients ended with ${this.#child.exitCode}`);
        return this.#sofar.answered >= goal ? true : undefined;
      },
      milliseconds,
    );
  }

  /** Sends no more, waits for what is under way, and compares with what the servers carried out. */
  async stop(servers: readonly Carrier[]): Promise<Verdict> {
    this.#child.send('stop');
    await until('what is under way has ended', () => (this.#ended ? true : undefined), 60_000);
    const answered = (await readFile(this.#answeredFile, 'utf8')).split('\n').filter((line) => line !== '');
    await this.kill();
    const carriedOut = (await Promise.all(servers.map((server) => server.carriedOut()))).flat();
    return verdictOf(this.#sofar, this.#losses, answered, carriedOut);
  }

  /** Ends the process, whatever it does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    await rm(this.#answeredFile, { force: true });
  }
}
