import { createServer as createTcp, type Server, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import type { TestCertificate } from '../harness/certificates.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { readStrict, type StrictRequest } from './strict-message.ts';

/** A server that reads bytes, not HTTP as a library would mend it, and remembers what came. */
export interface StrictServer {
  readonly address: string;
  readonly port: number;
  /** Without health checks. */
  readonly requests: (StrictRequest & { readonly connection: number })[];
  /** What it could not read, or read in two ways. */
  readonly malformed: string[];
  /** Beginnings of requests on connections that are open. One that was broken off does no harm: nothing can follow it. */
  unfinished(): readonly string[];
  close(): Promise<void>;
}

/** Answers each well-formed request with its method and target, and closes after a malformed one. */
export async function startStrictServer(
  certificate?: Pick<TestCertificate, 'certificate' | 'key'>,
): Promise<StrictServer> {
  const address = loopbackAddress();
  const requests: StrictServer['requests'] = [];
  const malformed: string[] = [];
  const partial = new Map<number, string>();
  const sockets = new Set<Socket>();
  let count = 0;
  const take = (socket: Socket) => {
    const connection = count++;
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      partial.delete(connection);
    });
    socket.on('data', (part) => {
      text += part.toString('latin1');
      for (;;) {
        const reading = text === '' ? ({ kind: 'unfinished' } as const) : readStrict(text);
        if (reading.kind === 'unfinished') break;
        if (reading.kind === 'malformed') {
          malformed.push(`${reading.what} in ${JSON.stringify(text.slice(0, 300))}`);
          socket.destroy();
          return;
        }
        text = reading.rest;
        const { request } = reading;
        const isCheck = request.headers.some(
          ([name, value]) => name === 'user-agent' && value === 'aorta-check',
        );
        if (!isCheck) requests.push({ ...request, connection });
        const body = request.method === 'HEAD' ? '' : `${request.method} ${request.target}`;
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
          'latin1',
        );
      }
      if (text === '') partial.delete(connection);
      else partial.set(connection, text);
    });
  };
  const server: Server =
    certificate === undefined
      ? createTcp(take)
      : createTls({ cert: certificate.certificate, key: certificate.key }, take);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(8000, address, resolve);
  });
  return {
    address,
    port: 8000,
    requests,
    malformed,
    unfinished: () => [...partial.values()],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
