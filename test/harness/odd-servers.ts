import { createServer as createTcp, type Server, type Socket } from 'node:net';
import { createServer as createTls, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';
import { loopbackAddress } from './loopback.ts';

/** A server that behaves as no good one would. Gone after the test. */
export interface OddServer {
  readonly address: string;
  readonly port: number;
  /** What arrived, connection by connection. */
  readonly received: string[];
}

export interface OddOptions {
  /** Absent: plain. */
  readonly tls?: TlsOptions;
  /** Called with each connection, after its handshake. By default it says nothing. */
  readonly talk?: (socket: Socket) => void;
  readonly address?: string;
}

export async function startOddServer({
  tls,
  talk,
  address = loopbackAddress(),
}: OddOptions = {}): Promise<OddServer> {
  const received: string[] = [];
  const open = new Set<Socket>();
  const accept = (socket: Socket): void => {
    const index = received.push('') - 1;
    socket.on('data', (part) => {
      received[index] += part.toString('latin1');
    });
    talk?.(socket);
  };
  const server: Server = tls === undefined ? createTcp(accept) : createTls(tls, accept);
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
  });
  server.on('secureConnection', (socket: Socket) => socket.on('error', () => undefined));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  );
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not listening on a port');
  return { address, port: bound.port, received };
}

/** Answers with this text once the head of a request has arrived. */
export function answering(text: string, then: 'end' | 'stay' | 'reset' = 'end'): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      socket.write(text);
      if (then === 'end') socket.end();
      if (then === 'reset') socket.resetAndDestroy();
    });
  };
}
