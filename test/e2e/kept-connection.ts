import { connect, type TLSSocket } from 'node:tls';
import type { Service } from './service.ts';

/** One HTTP/1.1 connection that is kept open, to see whether it survives. */
export interface KeptConnection {
  /** Sends a request on this very connection. @returns the status @throws Error when the connection is gone */
  ask(path: string): Promise<number>;
  close(): void;
}

export async function keepConnection({ estate, addresses, ca }: Service): Promise<KeptConnection> {
  const servername = estate.hostnames.apis;
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const made = connect(
      { host: addresses.apis, port: 443, ca, servername, ALPNProtocols: ['http/1.1'] },
      () => resolve(made),
    );
    made.once('error', reject);
  });
  let fault: string | undefined;
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    received += text;
  });
  socket.on('error', (error) => {
    fault = error.message;
  });
  socket.on('end', () => {
    fault ??= 'closed by the other side';
  });
  return {
    ask: async (path) => {
      if (fault !== undefined) throw new Error(fault);
      received = '';
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${servername}\r\n\r\n`);
      const deadline = performance.now() + 10_000;
      for (;;) {
        const head = received.indexOf('\r\n\r\n');
        const length = /^content-length: (\d+)\r$/im.exec(received)?.[1];
        if (
          head >= 0 &&
          length !== undefined &&
          Buffer.byteLength(received.slice(head + 4)) >= Number(length)
        ) {
          return Number(received.split(' ')[1]);
        }
        if (fault !== undefined) throw new Error(fault);
        if (performance.now() > deadline) throw new Error(`no whole answer: ${received.slice(0, 200)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    close: () => socket.destroy(),
  };
}
