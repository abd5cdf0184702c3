import { Bug } from '../../kernel/bug.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { exchange } from './exchange.ts';

/** Why a command of the runtime API gave nothing. */
export interface CommandError {
  /** True when no HAProxy listens, so that it was certainly not carried out. */
  readonly nobody: boolean;
  readonly what: string;
}

/** A word may hold anything printable except what ends a command, escapes, or begins a payload. */
const word = /^(?!<<)[\x21-\x7e]+$/;

/**
 * Gives one command to the runtime API, on a connection of its own.
 *
 * Severities are asked for as numbers, because only then an error can be told from an answer: HAProxy has no
 * status code, an error reads like `[3]: No such server.`. The empty line at the end is the only proof that the
 * answer is whole.
 */
export async function command(
  socketPath: string,
  words: readonly string[],
  timeLimit = 5_000,
): Promise<Result<string, CommandError>> {
  for (const part of words) {
    if (!word.test(part) || /[;\\]/.test(part))
      throw new Bug(`not a word of a command: ${JSON.stringify(part)}`);
  }
  const result = await exchange(socketPath, `set severity-output number;${words.join(' ')}\n`, timeLimit);
  switch (result.kind) {
    case 'nobody':
      return err({ nobody: true, what: 'no HAProxy listens on its runtime socket' });
    case 'failed':
      return err({ nobody: false, what: `the runtime socket did not answer: ${result.what}` });
    case 'answer':
      return read(result.text);
  }
}

function read(text: string): Result<string, CommandError> {
  if (!text.startsWith('\n') || !text.endsWith('\n\n')) {
    return err({ nobody: false, what: 'the answer of the runtime socket was cut off' });
  }
  const body = text.slice(1, -1);
  const [, severity, message] = /^\[(\d)\]: (.*)/.exec(body) ?? [];
  if (severity !== undefined) return err({ nobody: false, what: `HAProxy refused: ${message}` });
  return ok(body);
}
