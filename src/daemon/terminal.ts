import { createInterface } from 'node:readline';

/** From now on the first Ctrl-C aborts the signal instead of ending this process. */
export function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  return controller.signal;
}

/** Shows a question on standard output and waits for Enter. */
export function ask(question: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(question);
    // Not as a terminal: readline would take Ctrl-C away from whoever listens for the signal.
    const lines = createInterface({ input: process.stdin, terminal: false });
    const stop = () => lines.close();
    signal.addEventListener('abort', stop, { once: true });
    let entered = false;
    lines.once('line', () => {
      entered = true;
      lines.close();
    });
    lines.once('close', () => {
      signal.removeEventListener('abort', stop);
      process.stdin.pause();
      // What is said next begins on a line of its own.
      if (!entered) process.stdout.write('\n');
      resolve(entered);
    });
  });
}
