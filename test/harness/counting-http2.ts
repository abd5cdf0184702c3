import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import {
  type Attempt,
  cookieOf,
  patience,
  payload,
  type Question,
  type Sender,
  type Way,
} from './counting-attempt.ts';

/** One connection, and what its other side said about ending it. */
interface Connection {
  readonly session: ClientHttp2Session;
  /** The last stream that the other side may have looked at; absent until it sends a GOAWAY. */
  lastStream?: number;
  broken?: NodeJS.ErrnoException;
}

/**
 * HTTP/2 over TLS as RFC 9113 has it: no new request after a GOAWAY, and a request is `refused` only when its stream was
 * refused or lies above the last stream of the GOAWAY. @param kept false: a new connection for each request
 */
export function http2Sender(way: Way, kept: boolean): Sender {
  let current: Connection | undefined;
  return {
    send: async (question) => {
      if (current === undefined || isEnding(current)) current = open(way);
      const connection = current;
      const attempt = await send(connection, way.hostname, question);
      if (!kept) {
        current = undefined;
        connection.session.close();
      }
      return attempt;
    },
    close: () => current?.session.close(),
  };
}

function isEnding({ session, lastStream, broken }: Connection): boolean {
  return session.closed || session.destroyed || lastStream !== undefined || broken !== undefined;
}

function open({ address, port, hostname, localAddress, secureContext }: Way): Connection {
  const where = {
    localAddress,
    servername: hostname,
    ...(secureContext === undefined ? {} : { secureContext }),
  };
  const connection: Connection = { session: connect(`https://${address}:${port}`, where) };
  connection.session.on('goaway', (_code: number, lastStream: number) => {
    connection.lastStream = lastStream;
  });
  connection.session.on('error', (error: NodeJS.ErrnoException) => {
    connection.broken = error;
  });
  return connection;
}

function send(connection: Connection, hostname: string, question: Question): Promise<Attempt> {
  const { method, path, id, cookie } = question;
  return new Promise((resolve) => {
    let status = 0;
    let body = '';
    let found: string | undefined;
    let stream: ClientHttp2Stream;
    try {
      stream = connection.session.request(
        {
          ':method': method,
          ':path': path,
          ':authority': hostname,
          'x-request-id': id,
          ...(cookie === undefined ? {} : { cookie }),
          ...(method === 'POST' ? { 'content-length': Buffer.byteLength(payload) } : {}),
        },
        { endStream: method === 'GET' },
      );
    } catch (error) {
      resolve({ kind: 'failed', what: String(error) });
      return;
    }
    let problem: NodeJS.ErrnoException | undefined;
    const timer = setTimeout(() => stream.destroy(new Error('no answer in time')), patience);
    stream.once('response', (headers) => {
      status = headers[':status'] ?? 0;
      found = cookieOf(headers);
    });
    stream.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    stream.once('error', (error) => {
      problem = error;
    });
    stream.once('close', () => {
      clearTimeout(timer);
      const whole = stream.rstCode === constants.NGHTTP2_NO_ERROR && problem === undefined && status !== 0;
      if (whole)
        resolve({ kind: 'answered', status, body, ...(found === undefined ? {} : { cookie: found }) });
      else if (status === 0 && isRefused(stream, connection, problem)) resolve({ kind: 'refused' });
      else resolve({ kind: 'failed', what: wordsOf(stream, connection, problem) });
    });
    if (method === 'POST') stream.end(payload);
  });
}

function isRefused(
  stream: ClientHttp2Stream,
  { lastStream }: Connection,
  problem?: NodeJS.ErrnoException,
): boolean {
  if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return true;
  if (lastStream === undefined) return false;
  // It never became a stream, because the GOAWAY came first; or one that the other side says it did not look at.
  return stream.id === undefined || problem?.code === 'ERR_HTTP2_GOAWAY_SESSION' || stream.id > lastStream;
}

function wordsOf(
  stream: ClientHttp2Stream,
  { lastStream, broken }: Connection,
  problem?: NodeJS.ErrnoException,
): string {
  const error = problem?.code ?? problem?.message ?? 'closed';
  const goaway = lastStream === undefined ? '' : `, stream ${stream.id} after GOAWAY ${lastStream}`;
  const under = broken === undefined ? '' : `, ${broken.code ?? broken.message}`;
  return `${error}, reset code ${stream.rstCode}${goaway}${under}`;
}
