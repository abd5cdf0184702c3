import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:tls';
import { loopbackAddress } from './loopback.ts';
import { until } from './until.ts';

/** How long a stream is silent between two events, and a slow answer is awaited: longer than ordinary time-outs. */
const pause = 2_500;
export const downloadSize = 56 * 1_024 * 1_024;
const block = Buffer.alloc(64 * 1_024, 'aorta');

/** A server with work that lasts: events with pauses, a large download, a slow batch, and a WebSocket that echoes. */
export interface LongServer {
  readonly address: string;
  readonly port: number;
  /** Paths of the requests that arrived. */
  readonly arrived: string[];
  close(): Promise<void>;
}

export async function startLongServer(): Promise<LongServer> {
  const address = loopbackAddress();
  const arrived: string[] = [];
  const server = createServer((question, response) => {
    arrived.push(question.url ?? '');
    question.resume().on('end', () => answer(question, response));
  });
  server.on('upgrade', (question: IncomingMessage, socket) => {
    arrived.push(question.url ?? '');
    const key = `${question.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accepted = createHash('sha1').update(key).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n\r\n`,
    );
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(8_000, address, resolve));
  return {
    address,
    port: 8_000,
    arrived,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
  if (url === '/long/events') events(response);
  else if (url === '/long/batch') setTimeout(() => response.end('{"entry":1500}'), 3 * pause);
  else if (url === '/download') download(response);
  else response.end('{}');
}

function events(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let count = 0;
  const next = () => response.write(`data: ${count++}\n\n`);
  next();
  const timer = setInterval(next, pause);
  response.once('close', () => clearInterval(timer));
}

function download(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': downloadSize });
  let left = downloadSize / block.length;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(block)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

/** What the whole download must hash to. */
export function downloadDigest(): string {
  const hash = createHash('sha256');
  for (let length = 0; length < downloadSize; length += block.length) hash.update(block);
  return hash.digest('hex');
}

export interface FrontPlace {
  readonly address: string;
  readonly hostname: string;
  readonly ca: string;
}

/** One piece of work that is under way, as the client sees it. */
export interface Work {
  /** What has come so far: events, bytes. */
  sofar(): number;
  /** How it ended; absent while it goes on. */
  ended(): string | undefined;
  end(): void;
}

/** Begins a request and reads its answer, at most so many bytes a second. */
export function begin(
  { address, hostname, ca }: FrontPlace,
  method: string,
  path: string,
  bytesPerSecond?: number,
): Work & { digest(): string } {
  const hash = createHash('sha256');
  let [length, end]: [number, string | undefined] = [0, undefined];
  const question = request(
    {
      host: address,
      port: 443,
      method,
      path,
      ca,
      servername: hostname,
      headers: { host: hostname },
      agent: false,
    },
    (response) => {
      response.on('data', (part: Buffer) => {
        hash.update(part);
        length += path === '/long/events' ? part.toString().split('data:').length - 1 : part.length;
        if (bytesPerSecond === undefined) return;
        response.pause();
        setTimeout(() => response.resume(), (part.length * 1_000) / bytesPerSecond);
      });
      response.once('end', () => {
        end ??= `${response.statusCode} whole`;
      });
      response.once('error', (error) => {
        end ??= `${response.statusCode} ${error.message}`;
      });
    },
  );
  question.once('error', (error) => {
    end ??= error.message;
  });
  question.end(method === 'POST' ? '{"resourceType":"Bundle"}' : undefined);
  return {
    sofar: () => length,
    ended: () => end,
    end: () => question.destroy(),
    digest: () => hash.digest('hex'),
  };
}

/** A WebSocket, as far as a proxy can see one. */
export interface EchoSocket extends Work {
  /** Sends a word and waits until it comes back. */
  echo(word: string): Promise<void>;
}

export async function openEcho({ address, hostname, ca }: FrontPlace): Promise<EchoSocket> {
  const socket = connect({ host: address, port: 443, ca, servername: hostname, ALPNProtocols: ['http/1.1'] });
  let [text, end]: [string, string | undefined] = ['', undefined];
  socket.on('data', (part: Buffer) => {
    text += part.toString();
  });
  socket.once('error', (error) => {
    end ??= error.message;
  });
  socket.once('end', () => {
    end ??= 'closed';
  });
  socket.write(
    `GET /socket HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  await until('the switch of protocols', () => (/ 101 .*\r\n\r\n$/s.test(text) ? true : undefined));
  return {
    sofar: () => text.length,
    ended: () => end,
    end: () => socket.destroy(),
    echo: async (word) => {
      socket.write(word);
      await until(`the echo of ${word}`, () => (text.endsWith(word) ? true : undefined), 5_000);
    },
  };
}
