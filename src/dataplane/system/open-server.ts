import { connect, type Socket } from 'node:net';
import type { Clock } from '../../kernel/clock.ts';
import { connectionCause, tlsCause } from './tls-cause.ts';
import { shakeHands, type TlsTarget } from './tls-handshake.ts';

/** The connection, which the caller must destroy; or why there is none that may be used. */
export interface Opened {
  readonly socket: Socket;
  /** A clause. */
  readonly fault?: string;
  /** Whether there was a TCP connection at least. */
  readonly connected: boolean;
}

/** Connects. Never throws. @param limit in milliseconds @param signal ends the connection at any time */
export function openPlain(
  { address, port }: Pick<TlsTarget, 'address' | 'port'>,
  limit: number,
  signal?: AbortSignal,
): Promise<Opened> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (opened: Opened): void => {
      clearTimeout(timer);
      resolve(opened);
    };
    const failed = (code: string) => settle({ socket, fault: connectionCause(code), connected: false });
    const timer = setTimeout(() => failed('ETIMEDOUT'), limit);
    signal?.addEventListener('abort', () => socket.destroy(), { once: true });
    if (signal?.aborted === true) socket.destroy();
    // Stays for the life of the socket: an error that nobody listens to would end the process.
    socket.on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? 'unknown'));
    socket.once('close', () => failed('ECONNABORTED'));
    socket.once('connect', () => settle({ socket, connected: true }));
  });
}

/** Connects and shakes hands. Never throws. @param limit in milliseconds @param signal ends the connection at any time */
export async function openTls(
  target: TlsTarget,
  limit: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Opened> {
  const { observation, socket } = await shakeHands(target, limit, signal);
  const fault = tlsCause(observation, target, clock.now());
  const never = observation.kind === 'error' && unconnected.has(observation.code);
  return { socket, connected: !never, ...(fault === undefined ? {} : { fault }) };
}

const unconnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);
