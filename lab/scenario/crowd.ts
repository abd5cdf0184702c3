import { join } from 'node:path';
import { forkThrough } from '../entrance.ts';
import type { Clients } from './setting.ts';

/** Starts clients that hold connections without asking anything. */
export class Crowd {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** Resolves when the crowd has begun to gather. It goes away by itself after so many milliseconds. */
  async connect(connections: number, send: string, milliseconds: number): Promise<void> {
    const { reached, crowd, entrance } = this.#clients;
    const { address, port, hostname } = reached;
    const words = [crowd, address, port, hostname, connections, send, milliseconds].map(String);
    const child = forkThrough(entrance, join(import.meta.dirname, 'crowd-main.ts'), words);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
  }
}
