import { createWriteStream, readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type Door, ports, serverAddresses } from '../place.ts';

/** What both Node proxies have in common: TLS, forwarded headers, an access log, servers in turn. */
export interface NodeFront {
  /** PEM. */
  readonly ca: Buffer;
  /** Listens at a door, and writes a line for each answer. */
  listen(door: Door, handle: RequestListener): void;
}

/** Reads the command line. */
export function nodeFront(): NodeFront {
  const [address = '', ecdsa = '', rsa = '', ca = '', log = ''] = process.argv.slice(2);
  const lines = createWriteStream(log, { flags: 'a' });
  return {
    ca: readFileSync(ca),
    listen: (door, handle) => {
      const pem = readFileSync(door === 'rsa' ? rsa : ecdsa);
      const server = createServer(
        {
          ...{ cert: pem, key: pem, ecdhCurve: 'X25519:P-256', minVersion: 'TLSv1.2' },
          ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE+AESGCM',
          keepAliveTimeout: 60_000,
        },
        (request, response) => {
          const seen = { began: performance.now(), client: request.socket.remoteAddress };
          response.once('close', () => lines.write(line(door, request, response, seen)));
          handle(request, response);
        },
      );
      server.listen(ports[door], address);
    },
  };
}

/** In place of what the client says of its own way here. */
export function forwarded(request: IncomingMessage, door: Door): Record<string, string> {
  return {
    'x-forwarded-for': request.socket.remoteAddress ?? '',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': request.headers.host ?? '',
    'x-forwarded-port': String(ports[door]),
  };
}

let turn = 0;

export function nextServer(): string {
  turn += 1;
  return serverAddresses[turn % serverAddresses.length] ?? serverAddresses[0];
}

function line(
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
  { began, client }: { readonly began: number; readonly client: string | undefined },
): string {
  const facts = {
    ...{ time: new Date(Date.now()).toISOString(), event: 'request', service: door, method: request.method },
    path: request.url?.split('?')[0],
    status: response.statusCode,
    total_ms: Math.round(performance.now() - began),
    client,
  };
  return `${JSON.stringify(facts)}\n`;
}
