import { createServer, type Socket } from 'node:net';
import { loopbackAddress } from '../harness/loopback.ts';

export interface Endless {
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Answers `/endless` with so many bytes of an answer that never ends, and everything else with two letters.
 */
export async function startEndless(length: number): Promise<Endless> {
  const endless = Buffer.alloc(length, 'x');
  const address = loopbackAddress();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    socket.on('data', (part) => {
      if (!part.includes('/endless')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n');
        socket.write(endless);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(8000, address, resolve));
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
