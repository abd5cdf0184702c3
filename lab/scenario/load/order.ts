import type { Sample } from '../recording.ts';
import type { RequestKind } from '../request-kinds.ts';
import type { Credentials, Population } from './requests.ts';

/** What the load generator is told first. */
export interface LoadOrder {
  readonly address: string;
  readonly port: number;
  readonly hostname: string;
  /** The first three numbers of the clients' addresses; the last one counts from 1. */
  readonly sources: string;
  readonly ca: string;
  readonly clients: 'http1' | 'http1-new' | 'http2';
  readonly rate: number;
  readonly applications: number;
  readonly concurrency: number;
  readonly patience: number;
  readonly mix: Readonly<Record<RequestKind, number>>;
  readonly population: Population;
  readonly credentials: Credentials;
}

/**
 * `go`: begin at that moment (milliseconds since 1970) and send for so long, the rate growing evenly in the first `ramp`
 * milliseconds; `times`: so much of the rate from now on.
 */
export type LoadCommand =
  | { readonly kind: 'order'; readonly order: LoadOrder }
  | { readonly kind: 'go'; readonly at: number; readonly milliseconds: number; readonly ramp: number }
  | { readonly kind: 'times'; readonly times: number };

/** Times in samples are milliseconds since 1970. */
export type LoadReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unready'; readonly why: string }
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] }
  | { readonly kind: 'ended'; readonly due: number; readonly late: number };
