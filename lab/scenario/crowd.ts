import { fork } from 'node:child_process';
import { join } from 'node:path';

/** Starts clients that hold connections without asking anything. */
export class Crowd {
  readonly #place: { readonly address: string; readonly port: number; readonly hostname: string };

  constructor(place: { readonly address: string; readonly port: number; readonly hostname: string }) {
    this.#place = place;
  }

  /** Resolves when the crowd has begun to gather. It goes away by itself after so many milliseconds. */
  async connect(connections: number, send: string, milliseconds: number): Promise<void> {
    const { address, port, hostname } = this.#place;
    const words = [address, port, hostname, connections, send, milliseconds].map(String);
    const child = fork(join(import.meta.dirname, 'crowd-main.ts'), words, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
  }
}
