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

/**
 * Sends a text on a connection of its own and reads until the other side closes. Our side is closed after the
 * question: otherwise the master socket waits for another one.
 */
export function exchange(
  socketPath: string,
  question: string,
  timeLimit: number,
  pace: Pace = 'at-once',
): Promise<Exchange> {
  return new Promise((resolve) => {
    const socket = createConnection({ path: socketPath, allowHalfOpen: true });
    const chunks: Buffer[] = [];
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
    socket.once('connect', () => socket.end(question));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > longestAnswer) settle({ kind: 'failed', what: 'the answer is too long' });
      taken += chunk.length;
      if (pace === 'at-once' || taken < gulp) return;
      taken = 0;
      socket.pause();
      setTimeout(() => socket.resume(), rest);
    });
    socket.once('end', () => settle({ kind: 'answer', bytes: Buffer.concat(chunks) }));
    socket.once('error', (error) => {
      const code = errorCode(error) ?? 'unknown error';
      settle(
        code === 'ENOENT' || code === 'ECONNREFUSED' ? { kind: 'nobody' } : { kind: 'failed', what: code },
      );
    });
  });
}
