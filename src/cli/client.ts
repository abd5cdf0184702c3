import { request } from 'node:http';
import { type Operation, operations } from '../contract/operations.ts';
import { isCode } from '../kernel/codes.ts';
import { Failure } from '../kernel/failure.ts';

/**
 * Calls an operation of the controller that owns a state directory.
 * @param socket the control socket of the state directory
 * @throws Failure `not-running` when nobody answers; what the controller refused, as it said it
 */
export async function call(socket: string, operation: Operation, body?: object): Promise<unknown> {
  const { method, path } = operations[operation];
  const { status, text } = await exchange(socket, method, path, body).catch((error: unknown) => {
    const mend = 'start it with `aorta up FILE`, or name its directory with --state';
    throw new Failure('not-running', `no controller answers on ${socket}`, mend, { cause: error });
  });
  const answer: unknown = JSON.parse(text);
  if (status < 400) return answer;
  throw toFailure(answer, operation, status);
}

function toFailure(answer: unknown, operation: Operation, status: number): Failure {
  const error = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined;
  if (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    'what' in error &&
    'mend' in error &&
    isCode(error.code)
  ) {
    return new Failure(error.code, String(error.what), String(error.mend));
  }
  return new Failure(
    'not-running',
    `the controller answered ${status} to ${operation}`,
    'look into its output',
  );
}

function exchange(
  socketPath: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const content = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      content === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) };
    const outgoing = request({ socketPath, method, path, headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 500, text: Buffer.concat(parts).toString('utf8') }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}
