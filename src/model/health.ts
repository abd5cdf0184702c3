import type { Name } from './name.ts';

/**
 * What the controller knows about servers beyond HAProxy's own checks, and what it does about it. Names of pools and
 * servers are those of haproxy.cfg. Only what there is something to say about is in it.
 */
export interface HealthReport {
  readonly servers: readonly ServerHealth[];
  readonly pools: readonly PoolHealth[];
}

export interface ServerHealth {
  readonly backend: string;
  readonly server: string;
  /** The deep checks of the pool, in the order of the declaration. */
  readonly rungs: readonly RungHealth[];
  /** What HAProxy is told about it just now, against its own checks. */
  readonly advice?: Advice;
}

/** How one deep check of one server stands. */
export interface RungHealth {
  readonly name: Name;
  /** `unknown` until it has run once. A server is not taken out before a rung has failed `fall` times in a row. */
  readonly state: 'unknown' | 'passing' | 'failing';
  /** A clause about the last failure: `the capability statement says FHIR 3.0.2 instead of 4.0.1`. Never a secret, never patient data. */
  readonly detail?: string;
  /** Since when it is in this state, in milliseconds since 1970; absent while `unknown`. */
  readonly since?: number;
  /** When it last ran, in milliseconds since 1970. */
  readonly at?: number;
}

/** `down`: HAProxy is told that the server is down although its own checks pass; `up`: the reverse. */
export interface Advice {
  readonly health: 'up' | 'down';
  /** A clause: why. */
  readonly because: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface PoolHealth {
  readonly backend: string;
  /** Whole sentences for the operator: panic, a spent retry budget, a pool that is as a whole slow. */
  readonly conditions: readonly string[];
}
