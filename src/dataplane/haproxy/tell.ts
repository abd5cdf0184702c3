import { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { type CommandError, type CommandOptions, command } from './runtime-socket.ts';

/**
 * Gives one command and turns a refusal into a failure of the operation.
 * @param what what was to be done, as a clause without values that may be secret: `server api-1 in live.servers`
 */
export async function tell(
  socket: string,
  what: string,
  words: readonly string[],
  options: CommandOptions = {},
): Promise<Result<string, Failure>> {
  const answer = await command(socket, words, options);
  return answer.ok ? ok(answer.value) : err(refused(what, answer.error));
}

/** Gives commands one after the other, up to the first that is refused. */
export async function tellAll(
  socket: string,
  what: string,
  sequence: readonly (readonly string[])[],
): Promise<Result<void, Failure>> {
  for (const words of sequence) {
    const answer = await tell(socket, what, words);
    if (!answer.ok) return answer;
  }
  return ok(undefined);
}

export function refused(what: string, error: CommandError): Failure {
  return operateFailed(`${what}: ${error.what}`);
}

export function operateFailed(what: string): Failure {
  return new Failure('operate-failed', what, 'reload HAProxy: its files hold what is wanted');
}
