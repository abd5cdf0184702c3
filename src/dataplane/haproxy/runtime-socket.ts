import { Bug } from '../../kernel/bug.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { Secret } from '../../kernel/secret.ts';
import { exchange, type Pace, type Space } from './exchange.ts';

/** Why a command of the runtime API gave nothing. */
export interface CommandError {
  /** True when no HAProxy listens, so that it was certainly not carried out. */
  readonly nobody: boolean;
  /** HAProxy answered, and does not do it. */
  readonly refused?: true;
  /** A clause; never a payload. */
  readonly what: string;
}

export interface CommandOptions {
  /** In milliseconds. */
  readonly timeLimit?: number;
  /** For commands that HAProxy only takes on a connection that asked for experimental ones. */
  readonly experimental?: boolean;
  /** Lines that follow the command. HAProxy takes a command and its payload up to the size of a buffer, 16 KiB. */
  readonly payload?: string | Secret;
}

export interface BatchOptions {
  /** Of each connection, in milliseconds. */
  readonly timeLimit?: number;
  readonly pace?: Pace;
  /** For the answers, as long as they come over one connection. */
  readonly space?: Space;
}

/** A word may hold anything printable except what ends a command, escapes, or begins a payload. */
const word = /^(?!<<)[\x21-\x7e]+$/;

const defaultTimeLimit = 5_000;

/**
 * Gives one command to the runtime API, on a connection of its own.
 *
 * Severities are asked for as numbers, because only then an error can be told from an answer: HAProxy has no
 * status code, an error reads like `[3]: No such server.`. The empty line at the end is the only proof that the
 * answer is whole.
 *
 * @returns what HAProxy said, without the severity of a notice
 */
export async function command(
  socketPath: string,
  words: readonly string[],
  { timeLimit = defaultTimeLimit, experimental = false, payload }: CommandOptions = {},
): Promise<Result<string, CommandError>> {
  const mode = experimental ? 'experimental-mode on;' : '';
  const text = payload instanceof Secret ? payload.reveal() : payload;
  const question = `${mode}${spell(words)}${text === undefined ? '' : ` <<\n${payloadLines(text)}`}\n`;
  if (text !== undefined && question.length > longestPayload)
    return err({ nobody: false, what: 'it is too long for the runtime socket' });
  const answer = await ask(socketPath, question, timeLimit);
  if (!answer.ok) return answer;
  // The experimental mode answers with an empty line of its own.
  const frame = experimental ? '\n\n' : '\n';
  return read(answer.value.toString(), frame, text);
}

/** The size of HAProxy's buffer (tune.bufsize), less what it may keep back and what we say first. */
const longestPayload = 15_000;

/** Commands without a payload may be longer than a buffer; this keeps what an error leaves undecided small. */
const longestBatch = 12_000;

/**
 * Gives many commands on as few connections as possible, and gives what each of them answered. Stops at the first
 * connection on which one was refused; the other commands of that connection may have been carried out or not.
 * Not for commands whose answer does not end with an empty line.
 */
export async function commands(
  socketPath: string,
  all: readonly (readonly string[])[],
  options: BatchOptions = {},
): Promise<Result<string[], CommandError>> {
  const answers = await answersTo(socketPath, all, options);
  return answers.ok ? ok(answers.value.map(String)) : answers;
}

/** As {@link commands}, for answers of which only parts are made to text. */
export async function answersTo(
  socketPath: string,
  all: readonly (readonly string[])[],
  { timeLimit = defaultTimeLimit, pace, space }: BatchOptions = {},
): Promise<Result<Buffer[], CommandError>> {
  const answers: Buffer[] = [];
  const batches = inBatches(all.map(spell));
  for (const batch of batches) {
    // In it one answer would lie upon the other.
    const own = batches.length === 1 ? space : undefined;
    const answer = await ask(socketPath, `${batch.join(';')}\n`, timeLimit, pace, own);
    if (!answer.ok) return answer;
    const refused = refusedIn(answer.value);
    if (refused !== undefined) return refusal(refused, undefined);
    const pieces = splitAnswers(answer.value);
    if (pieces?.length !== batch.length) return cutOff;
    answers.push(...pieces);
  }
  return ok(answers);
}

/** The first line that is an error. */
function refusedIn(answer: Buffer): string | undefined {
  for (let at = answer.indexOf('\n['); at >= 0; at = answer.indexOf('\n[', at + 1)) {
    const end = answer.indexOf('\n', at + 1);
    const line = answer.toString('utf8', at + 1, end < 0 ? answer.length : end);
    if (/^\[[0-3]\]: /.test(line)) return line;
  }
  return undefined;
}

function inBatches(all: readonly string[]): string[][] {
  const batches: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const text of all) {
    if (size + text.length > longestBatch) {
      batches.push([]);
      size = 0;
    }
    batches.at(-1)?.push(text);
    size += text.length + 1;
  }
  return batches;
}

/** Each answer ends with an empty line and holds none; one that says nothing is only that line. */
function splitAnswers(answer: Buffer): Buffer[] | undefined {
  if (answer[0] !== newline) return undefined;
  const pieces: Buffer[] = [];
  // What thousands of servers say is a megabyte: it is not cut into lines for this.
  for (let from = 1; from < answer.length; ) {
    const end = answer[from] === newline ? from - 1 : answer.indexOf('\n\n', from);
    if (end < 0) return undefined;
    pieces.push(answer.subarray(from, end + 1));
    from = end + 2;
  }
  return pieces;
}

const newline = 0x0a;

function spell(words: readonly string[]): string {
  for (const part of words) {
    if (!word.test(part) || /[;\\]/.test(part))
      throw new Bug(`not a word of a command: ${JSON.stringify(part)}`);
  }
  return words.join(' ');
}

/** An empty line would end the payload and turn what follows into commands. */
function payloadLines(text: string): string {
  const lines = text.endsWith('\n') ? text : `${text}\n`;
  // No message here may show any of it: payloads hold keys.
  if (/^\r?$/m.test(lines.slice(0, -1)) || /[\0\r]/.test(lines))
    throw new Bug('a payload of a command with an empty line or a control character');
  return lines;
}

async function ask(
  socketPath: string,
  question: string,
  timeLimit: number,
  pace?: Pace,
  space?: Space,
): Promise<Result<Buffer, CommandError>> {
  const asked = `set severity-output number;${question}`;
  const result = await exchange(socketPath, asked, timeLimit, pace, space);
  switch (result.kind) {
    case 'nobody':
      return err({ nobody: true, what: 'no HAProxy listens on its runtime socket' });
    case 'failed':
      return err({ nobody: false, what: `the runtime socket did not answer: ${result.what}` });
    case 'answer':
      return ok(result.bytes);
  }
}

const cutOff = err({ nobody: false, what: 'the answer of the runtime socket was cut off' });

/** Severities as in syslog: 3 and below are errors, 4 is a warning, 5 and 6 say what was done. */
const leastSevereError = 3;

function read(text: string, frame: string, payload: string | undefined): Result<string, CommandError> {
  if (!text.startsWith(frame)) {
    // Before the command itself, the experimental mode may have been refused.
    return text.startsWith('\n[') ? refusal(text.slice(1), payload) : cutOff;
  }
  const body = text.slice(frame.length);
  const [, severity, message] = /^\[(\d)\]: (.*)/.exec(body) ?? [];
  if (severity === undefined) return body.endsWith('\n\n') || body === '\n' ? ok(body.slice(0, -1)) : cutOff;
  // Some answers of one line come without the empty line (2.6: `del server`), so the end of the line must do.
  if (!body.endsWith('\n')) return cutOff;
  return Number(severity) <= leastSevereError ? refusal(body, payload) : ok(`${message}\n`);
}

function refusal(body: string, payload: string | undefined): Result<never, CommandError> {
  const message = /^\[\d\]: (.*)/.exec(body)?.[1] ?? '';
  const quoted = payload?.split('\n').some((line) => line !== '' && message.includes(line)) ?? false;
  return err({
    nobody: false,
    refused: true,
    what: quoted ? 'HAProxy refused it' : `HAProxy refused: ${message}`,
  });
}
