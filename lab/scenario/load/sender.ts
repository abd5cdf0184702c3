import type { SecureContext } from 'node:tls';

/** How one client application reaches the service. */
export interface Way {
  readonly address: string;
  readonly port: number;
  readonly hostname: string;
  /** Where the client comes from. */
  readonly localAddress: string;
  /** Verifies the service; shared, because to make one for each connection costs more than the handshake. */
  readonly secureContext: SecureContext;
  /** Milliseconds until a client gives up. */
  readonly patience: number;
}

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * What became of one attempt. `refused`: by RFC 9113 the other side certainly did not look at it, so that it may be
 * sent again, whatever its method.
 */
export type Attempt =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: string;
      readonly server?: string;
      readonly retryAfter: boolean;
    }
  | { readonly kind: 'refused'; readonly what: string }
  | { readonly kind: 'failed'; readonly what: string };

/** Sends requests one way; repeats nothing by itself. */
export interface Sender {
  send(question: Question): Promise<Attempt>;
  close(): void;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export function answered(status: number, body: string, headers: Headers): Attempt {
  const server = headers['x-lab-server'];
  const retryAfter = headers['retry-after'] !== undefined;
  return { kind: 'answered', status, body, retryAfter, ...(typeof server === 'string' ? { server } : {}) };
}
