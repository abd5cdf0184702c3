import { type IncomingMessage, request as open } from 'node:http';
import type { Progress } from '../contract/answers.ts';
import type { OnProgress } from '../contract/controller.ts';
import type { AnswerOf, RequestOf } from '../contract/exchanges.ts';
import { type Operation, operations } from '../contract/operations.ts';
import { isCode } from '../kernel/codes.ts';
import { Failure } from '../kernel/failure.ts';
import { eventsIn } from './event-stream.ts';

export interface CallOptions {
  /** Refuse with `revision-changed` when another revision is in service. */
  readonly ifRevision?: number;
  /** Told about each stage while the change is under way. */
  readonly onProgress?: OnProgress;
}

type CallArguments<O extends Operation> =
  RequestOf<O> extends undefined
    ? [request?: undefined, options?: CallOptions]
    : [request: RequestOf<O>, options?: CallOptions];

/**
 * Calls an operation of the controller that owns a state directory.
 * @param socket the control socket of the state directory
 * @throws Failure `not-running` when nobody answers; what the controller refused, as it said it
 */
export async function call<O extends Operation>(
  socket: string,
  operation: O,
  ...[request, options = {}]: CallArguments<O>
): Promise<AnswerOf<O>> {
  const incoming = await send(socket, operation, request, options);
  try {
    // What our own controller answers is of the contract's type.
    return (await read(incoming, operation, options.onProgress)) as AnswerOf<O>;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
      throw goneFailure(operation, error);
    throw error;
  }
}

function send(
  socketPath: string,
  operation: Operation,
  request: object | undefined,
  { ifRevision, onProgress }: CallOptions,
): Promise<IncomingMessage> {
  const { method, path } = operations[operation];
  const content = method === 'GET' || request === undefined ? undefined : JSON.stringify(request);
  const headers = {
    accept: onProgress === undefined ? 'application/json' : 'text/event-stream, application/json',
    ...(ifRevision === undefined ? {} : { 'if-match': `"${ifRevision}"` }),
    ...(content === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
  };
  return new Promise((resolve, reject) => {
    // A connection each: one that was kept could have been closed in the meantime, and no change is sent twice.
    const options = { socketPath, method, path: fillIn(path, request), headers, agent: false };
    const outgoing = open(options, resolve);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const absent = error.syscall === 'connect';
      reject(absent ? absentFailure(socketPath, error) : goneFailure(operation, error));
    });
    outgoing.end(content);
  });
}

/** The path with what it names in the place of `:name`. */
function fillIn(path: string, request: object | undefined): string {
  const named = new Map<string, unknown>(Object.entries(request ?? {}));
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(named.get(name))));
}

async function read(
  incoming: IncomingMessage,
  operation: Operation,
  onProgress: OnProgress | undefined,
): Promise<unknown> {
  const status = incoming.statusCode ?? 500;
  if (!(incoming.headers['content-type'] ?? '').startsWith('text/event-stream')) {
    const answer = parse(await textOf(incoming), operation, status);
    if (status < 400) return answer;
    throw toFailure(answer, operation, status);
  }
  for await (const { event, data } of eventsIn(incoming)) {
    const content = parse(data, operation, status);
    if (event === 'answer') return content;
    if (event === 'problem') throw toFailure(content, operation, status);
    if (event === 'progress') onProgress?.(content as Progress);
  }
  throw goneFailure(operation);
}

function parse(text: string, operation: Operation, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw strangeFailure(operation, status);
  }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function absentFailure(socket: string, cause: NodeJS.ErrnoException): Failure {
  if (cause.code === 'EACCES') {
    const mend = 'run the command as the account that runs the controller';
    return new Failure('not-running', `this account may not open ${socket}`, mend, { cause });
  }
  const mend = 'start it with `aorta up FILE`, or name its directory with --state';
  return new Failure('not-running', `no controller answers on ${socket}`, mend, { cause });
}

function goneFailure(operation: Operation, cause?: unknown): Failure {
  return new Failure(
    'not-running',
    `the controller went away before it answered to ${operation}`,
    'see `aorta status`, or start it again with `aorta up`: it completes or undoes what was under way',
    { cause },
  );
}

/** What a problem document says, as the controller meant it. */
function toFailure(answer: unknown, operation: Operation, status: number): Failure {
  const problem = new Map<string, unknown>(Object.entries(answer ?? {}));
  const code = problem.get('code');
  if (isCode(code)) {
    const change = problem.get('change');
    return new Failure(code, String(problem.get('detail')), String(problem.get('mend')), {
      ...(typeof change === 'number' ? { change } : {}),
    });
  }
  return strangeFailure(operation, status);
}

function strangeFailure(operation: Operation, status: number): Failure {
  const what = `the controller answered ${status} to ${operation}, and nothing that this command understands`;
  return new Failure('controller-bug', what, 'see whether command and controller are of one version');
}
