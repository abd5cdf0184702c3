import { type ClientRequest, type IncomingMessage, request as openPlain } from 'node:http';
import { request as openTls } from 'node:https';
import type { Progress } from '../contract/answers.ts';
import type { OnProgress } from '../contract/controller.ts';
import type { AnswerOf, RequestOf } from '../contract/exchanges.ts';
import { type Operation, operations } from '../contract/operations.ts';
import { isCode } from '../kernel/codes.ts';
import { Failure } from '../kernel/failure.ts';
import { eventsIn } from './event-stream.ts';
import { lostNode, type RemoteNode, wayTo } from './nodes/remote-node.ts';

/** Where a controller answers: the path of its control socket, or a node. */
export type ControllerPlace = string | RemoteNode;

export interface CallOptions {
  /** Refuse with `revision-changed` when another revision is in service. */
  readonly ifRevision?: number;
  /** Told about each stage while the change is under way. */
  readonly onProgress?: OnProgress;
  /** Gives the request up, and not what it has begun. */
  readonly signal?: AbortSignal;
  /** How long a node may take to begin its answer, in milliseconds; absent: as long as it likes. */
  readonly limit?: number;
}

/** For the connection to a node to stand, in milliseconds. */
const connectLimit = 5_000;
/** A node that is gone is noticed after this and ten seconds more, in milliseconds. */
const silence = 10_000;

type CallArguments<O extends Operation> =
  RequestOf<O> extends undefined
    ? [request?: undefined, options?: CallOptions]
    : [request: RequestOf<O>, options?: CallOptions];

/**
 * Calls an operation of a controller.
 * @throws Failure `not-running` or {@link NodeLost} when nobody answers; what the controller refused, as it said it
 */
export async function call<O extends Operation>(
  place: ControllerPlace,
  operation: O,
  ...[request, options = {}]: CallArguments<O>
): Promise<AnswerOf<O>> {
  const incoming = await send(place, operation, request, options);
  try {
    // What our own controller answers is of the contract's type.
    return (await read(incoming, operation, options.onProgress)) as AnswerOf<O>;
  } catch (error) {
    if (!isBroken(error)) throw error;
    throw typeof place === 'string' ? goneFailure(operation, error) : lostNode(place, operation, error, true);
  }
}

/** The connection ended in the middle of the answer. */
function isBroken(error: unknown): error is NodeJS.ErrnoException {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'ETIMEDOUT' || code === 'ABORT_ERR';
}

function send(
  place: ControllerPlace,
  operation: Operation,
  request: object | undefined,
  { ifRevision, onProgress, signal, limit }: CallOptions,
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
    const options = {
      ...{ method, path: fillIn(path, request), headers, agent: false },
      ...(signal === undefined ? {} : { signal }),
    };
    if (typeof place === 'string') {
      const outgoing = openPlain({ ...options, socketPath: place }, resolve);
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const absent = error.syscall === 'connect';
        reject(absent ? absentFailure(place, error) : goneFailure(operation, error));
      });
      outgoing.end(content);
    } else {
      const outgoing = openTls({ ...options, ...wayTo(place) }, resolve);
      const stands = hurry(outgoing, limit);
      outgoing.on('error', (error) => reject(lostNode(place, operation, error, stands())));
      outgoing.end(content);
    }
  });
}

/** Ends a request to a node that takes too long. @returns whether the connection stands, or stood */
function hurry(outgoing: ClientRequest, limit: number | undefined): () => boolean {
  let stands = false;
  const endAfter = (milliseconds: number) =>
    setTimeout(() => {
      outgoing.destroy(Object.assign(new Error('nothing came back in time'), { code: 'ETIMEDOUT' }));
    }, milliseconds);
  const connecting = endAfter(connectLimit);
  const answering = limit === undefined ? undefined : endAfter(limit);
  outgoing.once('socket', (socket) => {
    socket.once('secureConnect', () => {
      stands = true;
      clearTimeout(connecting);
      socket.setKeepAlive(true, silence);
    });
  });
  outgoing.once('response', () => clearTimeout(answering));
  outgoing.once('close', () => {
    clearTimeout(connecting);
    clearTimeout(answering);
  });
  return () => stands;
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
    const text = await textOf(incoming);
    if (status < 400 && isPlain(incoming)) return text;
    const answer = parse(text, operation, status);
    if (status < 400) return answer;
    throw toFailure(answer, operation, status);
  }
  for await (const { event, data } of eventsIn(incoming)) {
    const content = parse(data, operation, status);
    if (event === 'answer') return content;
    if (event === 'problem') throw toFailure(content, operation, status);
    if (event === 'progress') onProgress?.(content as Progress);
  }
  throw Object.assign(new Error('the answer ended early'), { code: 'ECONNRESET' });
}

/** Metrics are text; everything else is JSON. */
function isPlain({ headers }: IncomingMessage): boolean {
  return (headers['content-type'] ?? '').startsWith('text/plain');
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
