import { isIP } from 'node:net';
import { checkServerIdentity, connect, type PeerCertificate } from 'node:tls';
import type { Address, Port } from '../model/address.ts';

/** What is to be tried: one handshake, as HAProxy makes it. */
export interface TlsTarget {
  readonly address: Address;
  readonly port: Port;
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
  | { readonly kind: 'timeout'; readonly limit: number };

export interface SeenCertificate {
  readonly issuer: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly covers: readonly string[];
}

/**
 * Makes a TLS handshake and hangs up; sends nothing. Never throws.
 * @param limit time limit in milliseconds
 */
export function probeTls(target: TlsTarget, limit: number): Promise<TlsObservation> {
  return new Promise((resolve) => {
    const socket = connect({
      host: target.address,
      port: target.port,
      // Looks at certificates that nobody should trust; no data is ever sent on this connection.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ...(target.authorities === undefined ? {} : { ca: [...target.authorities] }),
      ...(target.askFor === undefined || isIP(target.askFor) !== 0 ? {} : { servername: target.askFor }),
    });
    const settle = (observation: TlsObservation): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(observation);
    };
    const timer = setTimeout(() => settle({ kind: 'timeout', limit }), limit);
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle({ kind: 'error', code: error.code ?? 'unknown' }),
    );
    socket.once('close', () => settle({ kind: 'error', code: 'ECONNRESET' }));
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate();
      // The check of the name is done here, so that a chain error does not hide it and the other way round.
      const chainError =
        target.authorities === undefined ? undefined : chainErrorOf(socket.authorizationError);
      const nameMismatch =
        target.mustCover !== undefined && checkServerIdentity(target.mustCover, certificate) !== undefined;
      settle({
        kind: 'handshake',
        ...(chainError === undefined ? {} : { chainError }),
        nameMismatch,
        certificate: describe(certificate),
      });
    });
  });
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
