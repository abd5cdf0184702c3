import { request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  /** Names in lower case; a header that came twice holds both values, separated by a comma and a blank. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For https: the authority to trust, and the name to ask for. */
  readonly tls?: { readonly ca: string; readonly servername: string; readonly options?: RequestOptions };
}

/** One HTTP/1.1 request on a connection of its own. */
export function ask(address: string, port: number, path: string, question: Question = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, tls } = question;
  return new Promise((resolve, reject) => {
    const common = { host: address, port, path, method, headers, agent: false };
    const request =
      tls === undefined
        ? requestHttp(common)
        : requestHttps({ ...common, ca: tls.ca, servername: tls.servername, ...tls.options });
    request.once('error', reject);
    request.once('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: joined(response.headersDistinct),
          body: Buffer.concat(parts).toString(),
        }),
      );
    });
    request.end(body);
  });
}

/** One HTTP/2 request on a connection of its own: over TLS with `tls`, else without (prior knowledge). */
export function askHttp2(
  address: string,
  port: number,
  path: string,
  question: Question = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body, tls } = question;
  return new Promise((resolve, reject) => {
    const session =
      tls === undefined
        ? connectHttp2(`http://${address}:${port}`)
        : connectHttp2(`https://${address}:${port}`, { ca: tls.ca, servername: tls.servername });
    session.once('error', reject);
    // Real clients say the length; Node does not by itself.
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const stream = session.request({ ':method': method, ':path': path, ...length, ...headers });
    const parts: Buffer[] = [];
    let status = 0;
    let received: Record<string, string> = {};
    stream.once('error', reject);
    stream.once('response', (answer) => {
      status = Number(answer[':status']);
      received = Object.fromEntries(
        Object.entries(answer).map(([key, value]) => [key, [value].flat().join(', ')]),
      );
    });
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.once('end', () => {
      session.close();
      resolve({ status, headers: received, body: Buffer.concat(parts).toString() });
    });
    stream.end(body);
  });
}

/** Sends bytes as they are and collects what comes back until the other side closes or the time is over. */
export function sendRaw(
  address: string,
  port: number,
  bytes: string | Uint8Array,
  milliseconds = 5_000,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect(port, address);
    const finish = () => {
      socket.destroy();
      resolve(Buffer.concat(parts).toString('latin1'));
    };
    socket.setTimeout(milliseconds, finish);
    socket.on('data', (part) => parts.push(part));
    socket.once('close', finish);
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? finish() : reject(error),
    );
    socket.write(bytes);
  });
}

function joined(distinct: NodeJS.Dict<string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(distinct).map(([key, values = []]) => [key, values.join(', ')]));
}
