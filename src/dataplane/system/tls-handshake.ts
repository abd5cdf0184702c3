import { isIP } from 'node:net';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { tlsCipherSuites, tlsCiphers } from '../../ir/tls-strength.ts';
import { coversForHaproxy } from './covered-name.ts';

/** What is to be tried: one handshake with a server, as HAProxy makes it. */
export interface TlsTarget {
  readonly address: string;
  readonly port: number;
  /** PEM; absent when the certificate is not verified. */
  readonly authorities?: readonly string[];
  /** The name asked for (SNI); absent: none is sent. */
  readonly askFor?: string;
  /** The name that the certificate must cover; absent when it is not verified. */
  readonly mustCover?: string;
}

/** What one handshake showed. */
export type TlsObservation =
  | {
      readonly kind: 'handshake';
      /** OpenSSL's code of why the chain is not trusted, such as `CERT_HAS_EXPIRED`; absent when it is. */
      readonly chainError?: string;
      /** True when the certificate does not cover the name it must. */
      readonly nameMismatch: boolean;
      readonly certificate: SeenCertificate;
    }
  /** The code of the system or of OpenSSL, such as `ECONNREFUSED`, `ERR_SSL_WRONG_VERSION_NUMBER`. */
  | { readonly kind: 'error'; readonly code: string }
  /** @property limit in milliseconds */
  | { readonly kind: 'timeout'; readonly limit: number };

export interface SeenCertificate {
  readonly issuer: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly covers: readonly string[];
}

export interface Handshake {
  readonly observation: TlsObservation;
  /** Open after a handshake, whatever the certificate was worth; destroyed otherwise. */
  readonly socket: TLSSocket;
}

/**
 * HAProxy's versions and ciphers. The level is that of the OpenSSL it is built with on Debian: it refuses RSA keys
 * below 2048 bits and SHA-1.
 */
const ciphers = `${tlsCipherSuites}:${tlsCiphers}:@SECLEVEL=2`;

/** Makes a TLS handshake and hangs up; sends nothing. Never throws. @param limit in milliseconds */
export async function probeTls(target: TlsTarget, limit: number): Promise<TlsObservation> {
  const { observation, socket } = await shakeHands(target, limit);
  socket.destroy();
  return observation;
}

/**
 * Makes a TLS handshake and keeps the connection, which the caller must destroy. Never throws, and refuses no
 * certificate: whether to trust the server is for the caller to read from the observation.
 * @param limit in milliseconds
 * @param signal ends the connection at any time
 */
export function shakeHands(target: TlsTarget, limit: number, signal?: AbortSignal): Promise<Handshake> {
  return new Promise((resolve) => {
    const socket = connect({
      host: target.address,
      port: target.port,
      // Looks at certificates that nobody should trust.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ciphers,
      ...(target.authorities === undefined ? {} : { ca: [...target.authorities] }),
      ...(target.askFor === undefined || isIP(target.askFor) !== 0 ? {} : { servername: target.askFor }),
    });
    signal?.addEventListener('abort', () => socket.destroy(), { once: true });
    if (signal?.aborted === true) socket.destroy();
    let connected = false;
    const settle = (observation: TlsObservation): void => {
      clearTimeout(timer);
      if (observation.kind !== 'handshake') socket.destroy();
      resolve({ observation, socket });
    };
    const timer = setTimeout(
      () => settle(connected ? { kind: 'timeout', limit } : { kind: 'error', code: 'ETIMEDOUT' }),
      limit,
    );
    socket.once('connect', () => {
      connected = true;
    });
    // Stays for the life of the socket: an error that nobody listens to would end the process.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle({ kind: 'error', code: error.code ?? 'unknown' }),
    );
    socket.once('close', () => settle({ kind: 'error', code: 'ECONNRESET' }));
    socket.once('secureConnect', () => settle(observe(socket, target)));
  });
}

function observe(socket: TLSSocket, { authorities, mustCover }: TlsTarget): TlsObservation {
  const certificate = socket.getPeerCertificate();
  // The check of the name is done here, so that a chain error does not hide it and the other way round.
  const chainError = authorities === undefined ? undefined : chainErrorOf(socket.authorizationError);
  return {
    kind: 'handshake',
    ...(chainError === undefined ? {} : { chainError }),
    nameMismatch: mustCover !== undefined && !coversForHaproxy(certificate, mustCover),
    certificate: describe(certificate),
  };
}

/** Node reports a wrong name in the same place as a broken chain. */
function chainErrorOf(error: Error | string | null | undefined): string | undefined {
  if (error === null || error === undefined) return undefined;
  const code = typeof error === 'string' ? error : 'code' in error ? String(error.code) : error.message;
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? undefined : code;
}

function describe(certificate: PeerCertificate): SeenCertificate {
  const { issuer } = certificate;
  const named = issuer?.CN ?? issuer?.O ?? 'an authority without a name';
  const names = (certificate.subjectaltname ?? '')
    .split(', ')
    .map((entry) => entry.replace(/^(DNS|IP Address):/, ''));
  return {
    issuer: Array.isArray(named) ? named.join(', ') : named,
    notBefore: Date.parse(certificate.valid_from),
    notAfter: Date.parse(certificate.valid_to),
    covers: names.filter((name) => name !== ''),
  };
}
