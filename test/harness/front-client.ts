import { createHash } from 'node:crypto';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { Agent, request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import type { VirtualEnd } from './lab-front.ts';

export interface FrontAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly length: number;
  readonly sha256: string;
  /** The body, up to the first 4 MB. */
  readonly text: string;
}

export interface FrontQuestion {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable;
}

/** A client that keeps its connections, verifies the certificate, and speaks one version of HTTP. */
export interface FrontClient {
  ask(path: string, question?: FrontQuestion): Promise<FrontAnswer>;
  close(): void;
}

export type HttpVersion = 'HTTP/1.1' | 'HTTP/2';

export function frontClient(end: VirtualEnd, version: HttpVersion): FrontClient {
  return version === 'HTTP/2' ? overHttp2(end) : overHttp1(end);
}

function overHttp1({ address, port, hostname, ca }: VirtualEnd): FrontClient {
  const agent = new Agent({ keepAlive: true, ca, servername: hostname });
  return {
    close: () => agent.destroy(),
    ask: (path, { method = 'GET', headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const request = requestHttps(
          { host: address, port, path, method, agent, headers: { host: hostname, ...headers } },
          (response) => {
            collect(response).then((rest) => {
              const { statusCode: status = 0, headersDistinct } = response;
              resolve({ status, headers: flat(headersDistinct), ...rest });
            }, reject);
          },
        );
        request.once('error', reject);
        send(request, body);
      }),
  };
}

function overHttp2({ address, port, hostname, ca }: VirtualEnd): FrontClient {
  const open = (): ClientHttp2Session =>
    connectHttp2(`https://${address}:${port}`, { ca, servername: hostname }).on('error', () => undefined);
  let session = open();
  return {
    close: () => session.destroy(),
    ask: (path, { method = 'GET', headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        if (session.closed || session.destroyed) session = open();
        const stream = session.request({
          ':method': method,
          ':path': path,
          ':authority': hostname,
          ...headers,
        });
        let answered: Readonly<Record<string, string>> = {};
        let status = 0;
        stream.once('response', (received) => {
          status = Number(received[':status']);
          answered = flat(received);
        });
        stream.once('error', reject);
        collect(stream).then((rest) => resolve({ status, headers: answered, ...rest }), reject);
        send(stream, body);
      }),
  };
}

function send(out: NodeJS.WritableStream, body: FrontQuestion['body']): void {
  if (body === undefined) out.end();
  else if (typeof body === 'string' || Buffer.isBuffer(body)) out.end(body);
  else body.pipe(out);
}

async function collect(body: Readable): Promise<Pick<FrontAnswer, 'length' | 'sha256' | 'text'>> {
  const hash = createHash('sha256');
  const first: Buffer[] = [];
  let length = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    hash.update(part);
    if (length < 4_000_000) first.push(part);
    length += part.length;
  }
  return { length, sha256: hash.digest('hex'), text: Buffer.concat(first).toString() };
}

function flat(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().map(String).join(', ')]),
  );
}
