import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { CertificateFiles, CertificateVariant } from '../pki.ts';
import { listenForControl, type Serving } from './control-listener.ts';
import { FaultInjector } from './fault.ts';
import { NotJson, sendJson } from './json.ts';
import { Stats } from './stats.ts';

/** Idle connections live this long, so that a balancer can reuse them between its checks. */
const KEEP_ALIVE_MS = 75_000;
/** A request that asks for more work gets no more than this, in milliseconds. */
const LONGEST_WORK_MS = 60_000;

export interface ServeOptions {
  readonly name: string;
  readonly role: string;
  readonly address: string;
  readonly port: number;
  readonly tls?: Record<CertificateVariant, CertificateFiles> | undefined;
  /** Where executions are written, so that they outlive a kill. */
  readonly executions?: string | undefined;
  /** Runs before faults do; for headers that every answer carries. */
  readonly prepare?: (request: IncomingMessage, response: ServerResponse) => void;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;
}

/** Says that the process serves, to the parent which waits for exactly this message. */
export interface ReadyMessage {
  readonly kind: 'ready';
  readonly control: string;
}

/**
 * Runs a process of the estate: the service's listener, the control listener beside it, and the end: a
 * process whose parent is gone ends by itself.
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const stats = new Stats();
  const onRequest: RequestListener = (request, response) => {
    void answer(request, response);
  };
  const server =
    options.tls === undefined ? createServer(onRequest) : createTlsServer(read(options.tls.valid), onRequest);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.requestTimeout = 0;
  const sockets = trackSockets(server);
  const listen = async (): Promise<void> => {
    server.listen({ host: options.address, port: options.port, backlog: 1024 });
    await once(server, 'listening');
  };
  const { tls } = options;
  const faults = new FaultInjector({
    refuse: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
    accept: listen,
    present:
      tls === undefined || !('setSecureContext' in server)
        ? undefined
        : (variant) => {
            // A resumed session would skip the certificate, so old connections must not linger.
            server.setSecureContext(read(tls[variant]));
            server.setTicketKeys(crypto.getRandomValues(Buffer.alloc(48)));
            server.closeIdleConnections();
          },
    rawSocket: ({ socket }) => sockets.get(`${socket.remoteAddress}:${socket.remotePort}`),
  });
  const serving: Serving = { faults, stats };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    stats.arrived(request.method ?? '', request.url ?? '');
    response.once('close', () => stats.left());
    try {
      options.prepare?.(request, response);
      if ((await faults.apply(request, response)) === 'handled') return;
      const id = request.headers['x-request-id'];
      if (typeof id === 'string') {
        stats.executed(id);
        if (options.executions !== undefined) appendFileSync(options.executions, `${request.method} ${id}\n`);
      }
      // Work that takes long although the server is well: the request is under way while something else goes wrong.
      const work = Number(request.headers['x-lab-takes-ms'] ?? 0);
      if (work > 0) await delay(Math.min(work, LONGEST_WORK_MS));
      await options.handle(request, response);
    } catch (error) {
      if (response.headersSent || response.destroyed) response.destroy();
      else if (error instanceof NotJson)
        sendJson(response, 400, { resource: 'request', detail: error.message });
      else {
        process.stderr.write(`${options.name}: ${error instanceof Error ? error.stack : String(error)}\n`);
        sendJson(response, 500, { resource: options.role, detail: 'internal error' });
      }
    }
  }

  const control = await listenForControl(options, serving);
  await listen();
  endWithParent();
  const message: ReadyMessage = { kind: 'ready', control };
  process.send?.(message);
  return serving;
}

function read(files: CertificateFiles): { cert: Buffer; key: Buffer; minVersion: 'TLSv1.2' } {
  return { cert: readFileSync(files.certificate), key: readFileSync(files.key), minVersion: 'TLSv1.2' };
}

/** `connection` gives the TCP socket also for TLS, and only that one can be reset. */
function trackSockets(server: Server | TlsServer): Map<string, Socket> {
  const sockets = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const key = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(key, socket);
    socket.once('close', () => {
      if (sockets.get(key) === socket) sockets.delete(key);
    });
  });
  return sockets;
}

function endWithParent(): void {
  process.once('disconnect', () => process.exit(0));
  // The parent may have gone while we were still loading, before anyone listened.
  if (process.connected === false) process.exit(0);
  process.once('SIGTERM', () => process.exit(0));
  // Ctrl-C reaches the whole group; the parent decides the order of the end.
  process.on('SIGINT', () => undefined);
}
