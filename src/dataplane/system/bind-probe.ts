import { createServer } from 'node:net';
import { errorCode } from './files.ts';

/** Whether a listener could be bound now. `other` carries the name of the system error. */
export type BindProbe =
  | { readonly kind: 'free' | 'taken' | 'not-local' | 'not-permitted' }
  | { readonly kind: 'other'; readonly error: string };

/**
 * Binds and listens exclusively for an instant. Without SO_REUSEPORT, so a listener of anybody else is found even
 * when it would share. Clients cannot reach anything by it: the address serves nobody yet.
 */
export function probeBind(address: string, port: number, ipv6Only: boolean): Promise<BindProbe> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => resolve(explain(errorCode(error) ?? 'unknown')));
    server.listen({ host: address, port, exclusive: true, ipv6Only }, () => {
      server.close(() => resolve({ kind: 'free' }));
    });
  });
}

function explain(error: string): BindProbe {
  switch (error) {
    case 'EADDRINUSE':
      return { kind: 'taken' };
    case 'EADDRNOTAVAIL':
      return { kind: 'not-local' };
    case 'EACCES':
    case 'EPERM':
      return { kind: 'not-permitted' };
    default:
      return { kind: 'other', error };
  }
}
