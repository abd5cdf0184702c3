import type { CheckIr } from '../ir/haproxy.ts';
import type { Secret } from '../kernel/secret.ts';
import type { ConfiguredDeepCheck } from '../model/configuration.ts';

/** One server, with everything that its health check needs. */
export interface ServerProbe {
  readonly address: string;
  readonly port: number;
  readonly check: CheckIr;
  /** Absent: plain. */
  readonly tls?: {
    /** PEM; absent when the certificate is not verified. */
    readonly authorities?: readonly string[];
    readonly serverName?: string;
  };
}

export type ProbeResult =
  | { readonly kind: 'passed' }
  /** @property what a clause: `the server refuses connections`, `the certificate expired on 2026-05-01`, `the health check was answered with 500 instead of 200` */
  | { readonly kind: 'failed'; readonly what: string };

/** One server, with everything that one of its deep checks needs. */
export interface DeepProbe {
  readonly address: string;
  readonly port: number;
  /** How the traffic is encrypted and the server verified. Absent: plain. */
  readonly tls?: NonNullable<ServerProbe['tls']>;
  /** The Host header. */
  readonly host: string;
  readonly check: ConfiguredDeepCheck['check'];
  /** For a transaction: what the one before gave back. */
  readonly token?: BearerToken;
}

/** A token of an OAuth server. Kept in memory only. */
export interface BearerToken {
  readonly value: Secret;
  /** In milliseconds since 1970; absent when the server does not say it. */
  readonly expiresAt?: number;
}

/**
 * What kind of fault a deep check found. There was no answer: `unreachable`, `tls` (no handshake, or a certificate that
 * is not trusted), `silent` (not in time), `broken` (cut off, or not HTTP). There was one, and it was wrong: `status`,
 * `content`, `credentials` (the server does not take the client's secret or scope).
 */
export type DeepFault = 'unreachable' | 'tls' | 'silent' | 'broken' | 'status' | 'content' | 'credentials';

export type DeepResult =
  | { readonly kind: 'passed'; readonly token?: BearerToken }
  | {
      readonly kind: 'failed';
      readonly fault: DeepFault;
      /** A clause: `/fhirVersion is "3.0.2" instead of "4.0.1"`. Never a secret, nothing of the answer to a transaction. */
      readonly what: string;
      readonly token?: BearerToken;
    };

export interface DeepChecker {
  /** Makes one deep check of one server, the same way as the traffic goes. Never throws, follows no redirect. */
  deepCheck(probe: DeepProbe, signal: AbortSignal): Promise<DeepResult>;
}
