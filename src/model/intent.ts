import type { Name } from './name.ts';

/**
 * What an operator wants of servers beyond the declaration, and until when: durable over reloads, crashes and
 * restarts. A declaration says what a site is; an intent what is done with it today.
 */
export interface Intent {
  /** Counts up over the life of a state directory. */
  readonly id: number;
  readonly wish: IntentWish;
  readonly target: IntentTarget;
  readonly author: string;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** When it ends by itself, in milliseconds since 1970; absent: when somebody ends it. */
  readonly until?: number;
}

/** `drain`: no new requests, those under way end. `maintenance`: no requests and no health checks. */
export type IntentWish =
  | { readonly kind: 'drain' }
  | { readonly kind: 'maintenance' }
  | { readonly kind: 'weight'; readonly weight: number };

/** A machine with every server on it, or servers of one name in every service or in one. */
export type IntentTarget =
  | { readonly kind: 'host'; readonly host: Name }
  | { readonly kind: 'server'; readonly server: Name; readonly service?: Name };
