import type { Clock } from '../kernel/clock.ts';

/** At most one sentence about each reason in this time, in milliseconds. */
const rhythm = 60_000;

/**
 * Tells of connections that were refused: each reason once a minute, with how many more there were since. Neither who
 * it was nor what was sent is told.
 */
export class RefusedPeers {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #tell: (note: string) => void;
  readonly #to: string;
  readonly #told = new Map<string, { at: number; more: number }>();

  /** @param to `to the API`: what they wanted */
  constructor(clock: Pick<Clock, 'now'>, tell: (note: string) => void, to = 'to the API') {
    this.#clock = clock;
    this.#tell = tell;
    this.#to = to;
  }

  /** @param reason a clause of a few that there are */
  note(reason: string): void {
    const now = this.#clock.now();
    const last = this.#told.get(reason);
    if (last !== undefined && now - last.at < rhythm) {
      last.more += 1;
      return;
    }
    const more = last === undefined || last.more === 0 ? '' : ` (and ${last.more} more since the last time)`;
    this.#told.set(reason, { at: now, more: 0 });
    this.#tell(`a connection ${this.#to} was refused: ${reason}${more}`);
  }
}

/** Why a handshake failed, from what Node and OpenSSL say; one of a few clauses. */
export function refusalOf(code: string | undefined): string {
  switch (code) {
    case 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE':
      return 'it showed no certificate';
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return 'its certificate is not valid now';
    case 'INVALID_PURPOSE':
      return 'its certificate is not meant for clients';
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'CERT_SIGNATURE_FAILURE':
      return "its certificate is not by the pair's authority";
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
    case 'ERR_SSL_NO_PROTOCOLS_AVAILABLE':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'it does not speak TLS 1.3';
    case 'ERR_SSL_HTTP_REQUEST':
      return 'it does not speak TLS';
    case 'ERR_TLS_HANDSHAKE_TIMEOUT':
      return 'it took too long';
    default:
      return 'the TLS handshake failed';
  }
}
