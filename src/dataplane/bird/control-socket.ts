import { createConnection } from 'node:net';

/** What BIRD answered: the code of the last line, and all lines without their codes. */
export interface BirdAnswer {
  readonly code: number;
  readonly lines: readonly string[];
}

/** In milliseconds. */
const timeLimit = 2_000;

/**
 * Says one thing to BIRD on its control socket. Lines of an answer begin with a code of four digits, `-` when more
 * follow, or with a blank when the code is that of the line before; the greeting is an answer of its own.
 * @returns undefined when nobody answers in time
 */
export function askBird(
  socketPath: string,
  command: string,
  patience = timeLimit,
): Promise<BirdAnswer | undefined> {
  return new Promise((settle) => {
    const socket = createConnection({ path: socketPath });
    let text = '';
    const end = (answer: BirdAnswer | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      settle(answer);
    };
    const timer = setTimeout(() => end(undefined), patience);
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(`${command}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const answer = readAnswer(text);
      if (answer !== undefined) end(answer);
    });
    socket.on('error', () => end(undefined));
    socket.once('close', () => end(undefined));
  });
}

/** @returns undefined while it is not complete */
export function readAnswer(text: string): BirdAnswer | undefined {
  const lines = text.split('\n');
  // What follows the last line feed is not complete.
  lines.pop();
  const greeting = lines.findIndex((line) => line.startsWith('0001 '));
  if (greeting < 0) return undefined;
  const rest = lines.slice(greeting + 1);
  const last = rest.findIndex((line) => /^\d{4}( |$)/.test(line));
  if (last < 0) return undefined;
  return {
    code: Number(rest[last]?.slice(0, 4)),
    lines: rest.slice(0, last + 1).map((line) => line.replace(/^(\d{4}[ -]?| )/, '')),
  };
}

/** Makes BIRD read its files again. @returns why it did not, as a clause; undefined when it did */
export async function reconfigureBird(socketPath: string, patience?: number): Promise<string | undefined> {
  const answer = await askBird(socketPath, 'configure', patience);
  if (answer === undefined) return 'it does not answer';
  // Done; under way; waiting for the one before. Whichever it is, BIRD has read the files.
  if ([3, 4, 5].includes(answer.code)) return undefined;
  return answer.lines.at(-1) ?? `it answers with ${answer.code}`;
}
