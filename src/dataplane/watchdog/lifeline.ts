import { createConnection, type Socket } from 'node:net';
import { isRefusal } from './probe.ts';

/**
 * A connection to HAProxy's runtime API on which nothing is said. When the worker dies, the kernel closes it at once;
 * when then nobody takes a new one, HAProxy is dead. Not so at a reload, where the next worker already listens.
 */
export class Lifeline {
  readonly #socketPath: string;
  readonly #onDeath: () => void;
  #held: Socket | undefined;
  #ended = false;

  /** @param onDeath called whenever a connection is refused */
  constructor(socketPath: string, onDeath: () => void) {
    this.#socketPath = socketPath;
    this.#onDeath = onDeath;
    this.renew();
  }

  /**
   * Takes a new connection in place of the present one, to whichever worker takes it. To be called once a second: a worker
   * that is to end after a reload waits for its connections, and HAProxy ends those that say nothing for long.
   */
  renew(): void {
    const socket = createConnection({ path: this.#socketPath });
    socket.once('connect', () => {
      const before = this.#held;
      this.#held = socket;
      before?.destroy();
      if (this.#ended) socket.destroy();
    });
    socket.resume();
    socket.on('error', (error) => {
      if (isRefusal(error)) this.#onDeath();
    });
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      if (this.#held !== socket || this.#ended) return;
      this.#held = undefined;
      this.renew();
    });
  }

  end(): void {
    this.#ended = true;
    this.#held?.destroy();
  }
}
