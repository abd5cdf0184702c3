import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';

/** A client that sends all its requests, one after the other or at once, over one connection, and never repeats one. */
export interface KeptClient {
  /** @throws Error when the connection or the stream ends without an answer */
  ask(method: string, path: string, body?: string): Promise<{ status: number; body: string }>;
  close(): void;
}

export async function keptHttp2(address: string, port: number): Promise<KeptClient> {
  const session = connectHttp2(`http://${address}:${port}`);
  session.on('error', () => undefined);
  return {
    ask: (method, path, body) =>
      new Promise((resolve, reject) => {
        const stream = session.request(
          {
            ':method': method,
            ':path': path,
            // Real clients say it; Node does not by itself.
            ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          },
          { endStream: body === undefined },
        );
        let status: number | undefined;
        let text = '';
        stream.setEncoding('utf8');
        stream.once('error', reject);
        stream.once('response', (headers) => {
          status = Number(headers[':status']);
        });
        stream.on('data', (part: string) => {
          text += part;
        });
        stream.once('close', () => {
          if (status === undefined) reject(new Error(`no answer, code ${stream.rstCode}`));
          else resolve({ status, body: text });
        });
        if (body !== undefined) stream.end(body);
      }),
    close: () => session.destroy(),
  };
}

/** One request at a time; answers need a Content-Length. */
export async function keptHttp1(address: string, port: number): Promise<KeptClient> {
  const socket = connect(port, address);
  let received = '';
  let gone = false;
  let look: () => void = () => undefined;
  socket.setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.on('data', (part: string) => {
    received += part;
    look();
  });
  socket.on('close', () => {
    gone = true;
    look();
  });
  return {
    ask: (method, path, body = '') =>
      new Promise((resolve, reject) => {
        look = () => {
          const end = received.indexOf('\r\n\r\n');
          const length = Number(/^content-length: (\d+)\r$/im.exec(received)?.[1] ?? Number.NaN);
          if (end >= 0 && received.length >= end + 4 + length) {
            const status = Number(received.split(' ')[1]);
            const text = received.slice(end + 4, end + 4 + length);
            received = received.slice(end + 4 + length);
            resolve({ status, body: text });
          } else if (gone) reject(new Error('closed without an answer'));
        };
        socket.write(
          `${method} ${path} HTTP/1.1\r\nHost: x.example\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
        look();
      }),
    close: () => socket.destroy(),
  };
}
