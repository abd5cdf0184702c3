import { someOf } from '../../kernel/some-of.ts';
import type { SeenCertificate, TlsObservation, TlsTarget } from './tls-handshake.ts';

/**
 * Names the reason why a TLS connection to a server does not work, as a clause. Undefined when the handshake shows
 * no reason.
 * @param now milliseconds since 1970
 */
export function tlsCause(observation: TlsObservation, target: TlsTarget, now: number): string | undefined {
  switch (observation.kind) {
    case 'timeout':
      return `the server does not answer a TLS handshake within ${observation.limit} ms`;
    case 'error':
      return handshakeErrorCause(observation.code);
    case 'handshake':
      return handshakeCause(observation, target, now);
  }
}

function handshakeCause(
  { chainError, nameMismatch, certificate }: Extract<TlsObservation, { kind: 'handshake' }>,
  { mustCover = '' }: TlsTarget,
  now: number,
): string | undefined {
  const mismatch = nameMismatch
    ? `it does not cover ${mustCover} (it covers ${covered(certificate)})`
    : undefined;
  if (chainError === undefined) return mismatch?.replace(/^it/, 'the certificate');
  const chain = chainCause(chainError, certificate, now);
  return mismatch === undefined ? chain : `${chain}, and ${mismatch}`;
}

function chainCause(code: string, certificate: SeenCertificate, now: number): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return certificate.notAfter < now
        ? `the certificate expired on ${day(certificate.notAfter)}`
        : 'a certificate authority in the chain has expired';
    case 'CERT_NOT_YET_VALID':
      return certificate.notBefore > now
        ? `the certificate is not valid before ${day(certificate.notBefore)}`
        : 'a certificate authority in the chain is not valid yet';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return `the certificate is self-signed (${certificate.issuer}), not issued by an authority of the pool`;
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'CERT_UNTRUSTED':
    case 'CERT_SIGNATURE_FAILURE':
      return `the certificate was issued by an unknown authority (${certificate.issuer}), or an intermediate certificate is missing`;
    case 'INVALID_PURPOSE':
      return 'the certificate is not meant for TLS servers';
    default:
      return `the certificate is not trusted (${code})`;
  }
}

/** Names the reason why there is no connection to a server, as a clause. @param code that of the system */
export function connectionCause(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'the server refuses connections';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return 'the server cannot be reached';
    default:
      return `the server cannot be connected to (${code})`;
  }
}

/** Names the reason why a handshake came to no end, as a clause. @param code that of the system or of OpenSSL */
export function handshakeErrorCause(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return connectionCause(code);
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the server closes the connection during the TLS handshake';
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ERR_SSL_UNEXPECTED_MESSAGE':
    case 'ERR_SSL_HTTP_REQUEST':
      return 'the server does not speak TLS on this port';
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
    case 'ERR_SSL_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED':
      return 'the server offers only versions of TLS that are too old (1.2 is needed)';
    case 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE':
    case 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE':
      return 'the server shares no TLS version or cipher with the balancer';
    case 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME':
    case 'ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME':
      return 'the server has no certificate for the name it is asked for';
    default:
      return `the TLS handshake fails (${code})`;
  }
}

function covered({ covers }: SeenCertificate): string {
  return covers.length === 0 ? 'no name' : someOf(covers, 5);
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
