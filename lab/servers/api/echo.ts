import { createHash } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { sendJson } from '../json.ts';
import type { Exchange } from './exchange.ts';

/** What arrived, for tests of what lies between: everything as received, the body by length and digest. */
export interface Echo {
  readonly server: string;
  readonly method: string;
  /** Byte for byte, each byte as one Latin-1 character. */
  readonly target: string;
  readonly httpVersion: string;
  /** Name and value in turn, names in the case received, duplicates kept. */
  readonly rawHeaders: readonly string[];
  readonly body: { readonly length: number; readonly sha256: string };
  readonly tls: { readonly protocol: string; readonly servername: string | undefined } | undefined;
  readonly remoteAddress: string | undefined;
}

export async function answerEcho(exchange: Exchange, server: string): Promise<void> {
  const { request, response } = exchange;
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of request) {
    hash.update(chunk as Buffer);
    length += (chunk as Buffer).length;
  }
  const { socket } = request;
  const echo: Echo = {
    server,
    method: request.method ?? '',
    target: exchange.target,
    httpVersion: request.httpVersion,
    rawHeaders: request.rawHeaders,
    body: { length, sha256: hash.digest('hex') },
    tls:
      socket instanceof TLSSocket
        ? {
            protocol: socket.getProtocol() ?? '',
            servername: 'servername' in socket ? String(socket.servername) : undefined,
          }
        : undefined,
    remoteAddress: socket.remoteAddress,
  };
  sendJson(response, 200, echo);
}
