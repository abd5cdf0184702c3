import { type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Secret } from '../../kernel/secret.ts';

/** One request. Headers and body may hold secrets, so they are shown nowhere. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string | Secret>>;
  readonly body?: Secret;
}

export type HttpAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Buffer }
  /** @property what a clause about what came: `the answer is longer than 1048576 bytes` */
  | { readonly kind: 'failed'; readonly fault: 'broken' | 'content'; readonly what: string }
  /** Ended from outside. @property head whether the head of an answer had come */
  | { readonly kind: 'stopped'; readonly head: boolean };

/**
 * Sends one request on an open connection and reads the answer to its end, HTTP/1.1 with any framing, plain or gzip.
 * The connection is of no use afterwards; the caller destroys it. Follows nothing, never throws.
 * @param maxBytes the longest answer, compressed or not
 */
export async function exchangeHttp(
  socket: Socket,
  request: HttpRequest,
  maxBytes: number,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const answer = await read(socket, request, maxBytes, signal);
  if (answer.kind !== 'answer') return answer;
  return await decoded(answer, maxBytes);
}

type RawAnswer = Extract<HttpAnswer, { kind: 'answer' }> & { readonly encoding: string };

function read(
  socket: Socket,
  { method, path, headers, body }: HttpRequest,
  maxBytes: number,
  signal: AbortSignal,
): Promise<RawAnswer | Exclude<HttpAnswer, { kind: 'answer' }>> {
  return new Promise((resolve) => {
    let head = false;
    const parts: Buffer[] = [];
    let size = 0;
    const asked: ClientRequest = send({
      createConnection: () => socket,
      method,
      path,
      setHost: false,
      headers: { ...revealed(headers), connection: 'close' },
    });
    const failed = (code: string): void => {
      if (signal.aborted) resolve({ kind: 'stopped', head });
      else resolve({ kind: 'failed', fault: 'broken', what: brokenCause(code, head) });
    };
    const tooLong = (): void =>
      resolve({ kind: 'failed', fault: 'content', what: `the answer is longer than ${maxBytes} bytes` });
    const onAnswer = (answer: IncomingMessage): void => {
      head = true;
      answer.on('data', (part: Buffer) => {
        size += part.length;
        if (size > maxBytes) tooLong();
        else parts.push(part);
      });
      answer.once('error', (error: NodeJS.ErrnoException) => failed(error.code ?? 'unknown'));
      answer.once('end', () =>
        resolve({
          kind: 'answer',
          status: answer.statusCode ?? 0,
          body: Buffer.concat(parts),
          encoding: answer.headers['content-encoding'] ?? 'identity',
        }),
      );
    };
    asked.once('response', onAnswer);
    // Stays: an error after the answer that nobody listens to would end the process.
    asked.on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? 'unknown'));
    // Also an answer that changes the protocol ends here.
    asked.once('close', () => {
      if (!head) failed('ECONNRESET');
    });
    signal.addEventListener('abort', () => asked.destroy(), { once: true });
    if (signal.aborted) asked.destroy();
    asked.end(body?.reveal());
  });
}

function revealed(headers: HttpRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}

function brokenCause(code: string, head: boolean): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'the head of the answer is too long';
  if (code.startsWith('HPE_')) return 'the answer is not HTTP';
  if (head) return 'the server cuts its answer off';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the server closes the connection without an answer';
  // With TLS 1.3 a server says so only after the handshake.
  if (code === 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')
    return 'the server demands a certificate of the balancer';
  return `the connection fails (${code})`;
}

const unzip = promisify(gunzip);

async function decoded({ status, body, encoding }: RawAnswer, maxBytes: number): Promise<HttpAnswer> {
  const failed = (what: string): HttpAnswer => ({ kind: 'failed', fault: 'content', what });
  switch (encoding.trim().toLowerCase()) {
    case 'identity':
    case '':
      return { kind: 'answer', status, body };
    case 'gzip':
    case 'x-gzip':
      try {
        return { kind: 'answer', status, body: await unzip(body, { maxOutputLength: maxBytes }) };
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ERR_BUFFER_TOO_LARGE') return failed(`the answer is longer than ${maxBytes} bytes`);
        return failed('the answer is not compressed as it says');
      }
    default:
      return failed('the answer is compressed in a way that was not asked for');
  }
}
