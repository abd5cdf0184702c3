import type { IncomingHttpHeaders } from 'node:http';
import type { SecureContext } from 'node:tls';

/** One place of a service, and how a client gets there. */
export interface Way {
  readonly address: string;
  readonly port: number;
  readonly hostname: string;
  /** Where the client comes from. */
  readonly localAddress: string;
  /** Absent: plain. */
  readonly secureContext?: SecureContext;
}

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly id: string;
  readonly cookie?: string;
}

/**
 * What became of one attempt. `refused`: by RFC 9113 the other side certainly did not look at it, so that it may be sent
 * again, whatever its method.
 */
export type Attempt =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string; readonly cookie?: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly what: string };

/** Sends requests one way. */
export interface Sender {
  send(question: Question): Promise<Attempt>;
  close(): void;
}

/** The longest that an answer may take, in milliseconds: longer than any time limit of the balancer. */
export const patience = 45_000;

export const payload = '{"synthetic":true}';

/** `NAME=VALUE` of the first cookie that an answer sets. */
export function cookieOf(headers: IncomingHttpHeaders): string | undefined {
  return headers['set-cookie']?.[0]?.split(';')[0];
}
