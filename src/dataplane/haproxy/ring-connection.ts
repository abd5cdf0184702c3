import { createConnection, type Socket } from 'node:net';
import { eventsRing } from '../../render/events.ts';

/** A connection on which a worker tells what comes into its ring, line by line, until one side ends it. */
export interface RingConnection {
  /** The worker whose ring it is. */
  readonly workerPid: number;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  close(): void;
}

/** HAProxy ends a connection that has said nothing for so long. */
const longestSilence = '20d';

/** A line that is longer than the ring takes is no line of it. */
const longestLine = 64 * 1024;

/**
 * Attaches to the ring of the worker that takes connections. What came into it before is not told.
 * @param listen called for each whole line
 * @param timeLimit for the worker to say who it is, in milliseconds
 * @param signal ends the attempt and the connection
 * @returns undefined when none answers in time
 */
export function attachToRing(
  socketPath: string,
  listen: (line: string) => void,
  timeLimit: number,
  signal: AbortSignal,
): Promise<RingConnection | undefined> {
  return new Promise((resolve) => {
    // The other side takes the end of ours for the end of the watch.
    const socket: Socket = createConnection({ path: socketPath, signal });
    const ended = Promise.withResolvers<void>();
    const timer = setTimeout(() => socket.destroy(), timeLimit);
    let attached = false;
    let text = '';
    socket.setEncoding('utf8');
    socket.once('connect', () =>
      socket.write(`set timeout cli ${longestSilence};show info;show events ${eventsRing} -w -n\n`),
    );
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (!attached) {
        const pid = /^Pid: (\d+)$/m.exec(text)?.[1];
        const end = text.indexOf('\n\n', 1);
        if (pid === undefined || end < 0) return;
        attached = true;
        clearTimeout(timer);
        text = text.slice(end + 2);
        resolve({ workerPid: Number(pid), ended: ended.promise, close: () => socket.destroy() });
      }
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) listen(line);
      if (text.length > longestLine) socket.destroy();
    });
    socket.once('end', () => socket.destroy());
    // Whatever it is, the connection closes, and that says enough.
    socket.once('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(undefined);
      ended.resolve();
    });
  });
}
