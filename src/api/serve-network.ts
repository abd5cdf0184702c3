import { constants } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Controller } from '../contract/controller.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { PairKeys } from '../pki/pair-keys.ts';
import { listenRefusal } from './listen-refusal.ts';
import { RefusedPeers, refusalOf } from './refused-peers.ts';
import { createApi } from './server.ts';

export interface NetworkService {
  readonly endpoint: Endpoint;
  readonly keys: PairKeys;
  readonly clock: Pick<Clock, 'now'>;
  /** Told what was refused, rate limited. */
  readonly onNote: (note: string) => void;
  readonly onBug: (error: unknown) => void;
}

export interface ServedNetwork {
  /** Ends it. What is under way may be answered first, for a moment. */
  close(): Promise<void>;
}

/** More than two operators and the other node ever need; each may hold a request of 64 MiB. */
const mostConnections = 32;
/** For the TLS handshake, in milliseconds: until then nobody is known, and a connection is taken. */
const handshakeLimit = 5_000;
/** Whoever went away without a word is noticed after this and ten seconds more, in milliseconds. */
const silence = 10_000;
/** How long the end waits for who is connected, in milliseconds: who says nothing is not told from who is slow. */
const grace = 2_000;

/**
 * Serves the API over TLS 1.3 to whoever shows a certificate by the authority of the pair, and to nobody else.
 * @throws Failure when it cannot listen there
 */
export async function serveOnNetwork(
  controller: Controller,
  { endpoint, keys, clock, onNote, onBug }: NetworkService,
): Promise<ServedNetwork> {
  const api = createApi(controller, onBug, {
    ca: keys.authority,
    cert: keys.certificate,
    key: keys.key.reveal(),
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: true,
    // A resumed session would not be asked for its certificate again.
    secureOptions: constants.SSL_OP_NO_TICKET,
    handshakeTimeout: handshakeLimit,
    keepAlive: true,
    keepAliveInitialDelay: silence,
  });
  const refused = new RefusedPeers(clock, onNote);
  api.server.maxConnections = mostConnections;
  api.server.on('drop', () => refused.note('there are too many connections'));
  api.server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    refused.note(refusalOf(authorizationCode(socket) ?? error.code));
  });
  try {
    await api.listen({ host: endpoint.host, port: endpoint.port });
  } catch (error) {
    throw listenRefusal(error, endpoint, { subject: 'the API is', key: 'api' });
  }
  return {
    async close() {
      const closed = api.close();
      const timer = setTimeout(() => api.server.closeAllConnections(), grace);
      await closed.finally(() => clearTimeout(timer));
    },
  };
}

/** Node says of a certificate that was refused only that the connection ended. */
function authorizationCode({ authorizationError }: TLSSocket): string | undefined {
  const code: unknown = authorizationError;
  return typeof code === 'string' ? code : undefined;
}
