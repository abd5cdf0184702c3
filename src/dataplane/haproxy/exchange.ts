import { createConnection } from 'node:net';
import { errorCode } from '../system/files.ts';

/** What became of one question to a socket of HAProxy. */
export type Exchange =
  | { readonly kind: 'answer'; readonly bytes: Buffer }
  /** Nobody listens: there is no socket, or its owner is dead. */
  | { readonly kind: 'nobody' }
  /** Somebody may listen, but no whole answer came. */
  | { readonly kind: 'failed'; readonly what: string };

/** More than the statistics of 50,000 servers. */
const longestAnswer = 64 * 1024 * 1024;

/**
 * How a long answer is read. A thread of HAProxy that answers does nothing else until the kernel takes no more, which is
 * some 200 KB, and goes on when most of that was read. `patiently`: no more than a gulp is taken at once, and then nothing
 * for some milliseconds, in which HAProxy serves requests (docs/adr/0035-long-answers-are-read-in-gulps.md). A megabyte
 * takes a tenth of a second then.
 */
export type Pace = 'at-once' | 'patiently';

const gulp = 64 * 1024;
const rest = 5;

/** Where what is read comes to lie for a moment, of whichever socket: else each part of an answer leaves 64 KiB behind. */
const mouthful = Buffer.allocUnsafeSlow(gulp);

/**
 * Memory for one long answer after the other, which would have to be cleared away otherwise. An answer in it is there until
 * the next one.
 */
export class Space {
  #bytes = Buffer.alloc(0);

  /** Puts a part where it belongs. */
  put(part: Uint8Array, at: number): void {
    const needed = at + part.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#bytes.set(part, at);
  }

  upTo(size: number): Buffer {
    return this.#bytes.subarray(0, size);
  }
}

/**
 * Sends a text on a connection of its own and reads until the other side closes. Our side is closed after the
 * question: otherwise the master socket waits for another one.
 * @param space for the answer, if it is not to have one of its own
 */
export function exchange(
  socketPath: string,
  question: string,
  timeLimit: number,
  pace: Pace = 'at-once',
  space = new Space(),
): Promise<Exchange> {
  return new Promise((resolve) => {
    let size = 0;
    let taken = 0;
    const settle = (result: Exchange): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(
      () => settle({ kind: 'failed', what: `no whole answer within ${timeLimit} ms` }),
      timeLimit,
    );
    /** @returns whether to go on reading */
    const take = (part: Uint8Array): boolean => {
      if (size + part.length > longestAnswer) {
        settle({ kind: 'failed', what: 'the answer is too long' });
        return false;
      }
      space.put(part, size);
      size += part.length;
      taken += part.length;
      if (pace === 'at-once' || taken < gulp) return true;
      taken = 0;
      setTimeout(() => socket.resume(), rest);
      return false;
    };
    const socket = createConnection({
      path: socketPath,
      allowHalfOpen: true,
      onread: { buffer: mouthful, callback: (length, buffer) => take(buffer.subarray(0, length)) },
    });
    socket.once('connect', () => socket.end(question));
    socket.once('end', () => settle({ kind: 'answer', bytes: space.upTo(size) }));
    socket.once('error', (error) => {
      const code = errorCode(error) ?? 'unknown error';
      settle(
        code === 'ENOENT' || code === 'ECONNREFUSED' ? { kind: 'nobody' } : { kind: 'failed', what: code },
      );
    });
  });
}
