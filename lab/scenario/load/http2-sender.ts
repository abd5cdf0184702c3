import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { type Attempt, answered, type Question, type Sender, type Way } from './sender.ts';

/** One connection, and what its other side said about ending it. */
interface Connection {
  readonly session: ClientHttp2Session;
  /** The last stream that the other side may have looked at; absent until it sends a GOAWAY. */
  lastStream?: number;
  broken?: NodeJS.ErrnoException;
}

/**
 * One HTTP/2 connection at a time as RFC 9113 has it: no new request after a GOAWAY, and a request is `refused` only when
 * its stream was refused or lies above the last stream of the GOAWAY.
 */
export function http2Sender(way: Way): Sender {
  let current: Connection | undefined;
  return {
    send: (question) => {
      if (current === undefined || isEnding(current)) current = open(way);
      return send(current, way, question);
    },
    close: () => current?.session.close(),
  };
}

function isEnding({ session, lastStream, broken }: Connection): boolean {
  return session.closed || session.destroyed || lastStream !== undefined || broken !== undefined;
}

function open({ address, port, hostname, localAddress, secureContext }: Way): Connection {
  // The types do not know that the options of the socket are passed on.
  const where = { localAddress, servername: hostname, secureContext };
  const session = connect(`https://${address}:${port}`, where);
  const connection: Connection = { session };
  session.on('goaway', (_code: number, lastStream: number) => {
    connection.lastStream = lastStream;
  });
  session.on('error', (error: NodeJS.ErrnoException) => {
    connection.broken = error;
  });
  return connection;
}

function send(connection: Connection, way: Way, { method, path, headers, body }: Question): Promise<Attempt> {
  return new Promise((resolve) => {
    let status = 0;
    let text = '';
    let received: Record<string, string | string[] | undefined> = {};
    let stream: ClientHttp2Stream;
    try {
      stream = connection.session.request(
        {
          ':method': method,
          ':path': path,
          ':authority': way.hostname,
          ...headers,
          // Real clients say it; Node does not by itself.
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        },
        { endStream: body === undefined },
      );
    } catch (error) {
      resolve({ kind: 'failed', what: String(error) });
      return;
    }
    let problem: NodeJS.ErrnoException | undefined;
    const timer = setTimeout(() => stream.destroy(new Error('no answer in time')), way.patience);
    stream.once('response', (answer) => {
      status = answer[':status'] ?? 0;
      received = answer;
    });
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    stream.once('error', (error) => {
      problem = error;
    });
    stream.once('close', () => {
      clearTimeout(timer);
      const whole = stream.rstCode === constants.NGHTTP2_NO_ERROR && problem === undefined && status !== 0;
      const what = wordsOf(stream, connection, problem);
      if (whole) resolve(answered(status, text, received));
      else if (status === 0 && isRefused(stream, connection, problem)) resolve({ kind: 'refused', what });
      else resolve({ kind: 'failed', what });
    });
    if (body !== undefined) stream.end(body);
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
  const goaway = lastStream === undefined ? '' : ', after GOAWAY';
  const under = broken === undefined ? '' : `, ${broken.code ?? broken.message}`;
  return `${error}, reset code ${stream.rstCode}${goaway}${under}`;
}
