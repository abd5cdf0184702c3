import { Agent, request as requestHttp } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** One answer to a client that counts; `id` stands in the path of the request, and is used once. */
export interface CountedAnswer {
  readonly id: string;
  /** 0: the connection broke, so that nothing is known of the request. */
  readonly status: number;
  readonly milliseconds: number;
  readonly retryAfter?: string;
  readonly body: string;
}

export interface SourceOptions {
  readonly address: string;
  readonly port: number;
  /** The source address. */
  readonly from: string;
  readonly version?: 'HTTP/1.1' | 'HTTP/2';
  /** Requests under way at a time; over HTTP/2 all on one connection. */
  readonly parallel: number;
  /** Sends so many and no more. */
  readonly total?: number;
  /** Of each of them between an answer and its next request, in milliseconds. */
  readonly rest?: number;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A source that keeps asking, and notes every answer. */
export interface SourceLoad {
  readonly answers: readonly CountedAnswer[];
  /** Sends no more, and waits for the answers to what was sent. */
  end(): Promise<readonly CountedAnswer[]>;
}

let sources = 0;

export function startSource(options: SourceOptions): SourceLoad {
  const { parallel, total = Number.POSITIVE_INFINITY, rest = 10, path = '/work' } = options;
  sources += 1;
  const source = sources;
  const answers: CountedAnswer[] = [];
  const sender = options.version === 'HTTP/2' ? overHttp2(options) : overHttp1(options);
  let going = true;
  let sent = 0;
  const worker = async () => {
    while (going && sent < total) {
      sent += 1;
      const id = `${source}-${sent}`;
      const began = performance.now();
      const answer = await sender.send(`${path}?id=${id}`).catch(() => ({ status: 0, body: '' }));
      answers.push({ id, milliseconds: performance.now() - began, ...answer });
      await pause(rest);
    }
  };
  const workers = Array.from({ length: parallel }, worker);
  return {
    answers,
    async end() {
      going = false;
      await Promise.all(workers);
      sender.close();
      return answers;
    },
  };
}

type Answered = Pick<CountedAnswer, 'status' | 'retryAfter' | 'body'>;
interface Sender {
  send(path: string): Promise<Answered>;
  close(): void;
}

function answered(status: number, retryAfter: unknown, body: string): Answered {
  return { status, body, ...(typeof retryAfter === 'string' ? { retryAfter } : {}) };
}

/** POST, because no server may see one of these twice. */
function overHttp1({ address, port, from, parallel, headers = {} }: SourceOptions): Sender {
  const agent = new Agent({ keepAlive: true, localAddress: from, maxSockets: parallel });
  const send = (path: string): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const question = requestHttp({ host: address, port, path, method: 'POST', agent, headers });
      question.once('error', reject);
      question.once('response', (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          body += part;
        });
        response.once('error', reject);
        response.once('end', () =>
          resolve(answered(response.statusCode ?? 0, response.headers['retry-after'], body)),
        );
      });
      question.end('{}');
    });
  return { send, close: () => agent.destroy() };
}

function overHttp2({ address, port, from, headers = {} }: SourceOptions): Sender {
  const createConnection = () => connectTcp({ host: address, port, localAddress: from });
  const session: ClientHttp2Session = connectHttp2(`http://${address}:${port}`, { createConnection });
  session.on('error', () => undefined);
  const send = (path: string): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
      let [body, status, retryAfter]: [string, number, unknown] = ['', 0, undefined];
      stream.once('error', reject);
      stream.once('response', (received) => {
        status = Number(received[':status']);
        retryAfter = received['retry-after'];
      });
      stream.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      stream.once('end', () => resolve(answered(status, retryAfter, body)));
      stream.end('{}');
    });
  return { send, close: () => session.close() };
}

/** How many answers had each status. */
export function byStatus(answers: readonly CountedAnswer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
