import type { RequestKind } from './request-kinds.ts';

/** What a run left behind. All times are milliseconds since the end of the warm-up; earlier ones are negative. */
export interface Recording {
  /** How long requests were sent, in milliseconds. */
  readonly duration: number;
  readonly samples: readonly Sample[];
  readonly marks: readonly Mark[];
  readonly states: readonly StateSample[];
  /** `METHOD ID` of everything that the API servers carried out, those that were killed included. */
  readonly carriedOut: readonly string[];
  readonly servers: readonly string[];
  /** Packets to port 53. */
  readonly dnsQueries: number;
  /** Commands of the product that did not end well. */
  readonly commandFailures: readonly string[];
  /** The share of the requests that the generator sent within 100 ms of when they were due, as far as it was up to it. */
  readonly achieved: number;
  /** CPU seconds used on the machine over seconds of load: cores in use. */
  readonly coresBusy: number;
  /** The share of the machine's processor time that its hypervisor gave to others, 0 to 1. */
  readonly stolen: number;
  readonly haproxy: string;
  /** Where there are two balancers. */
  readonly pair?: Pair;
}

/** One request as its client saw it. */
export interface Sample {
  readonly kind: RequestKind;
  readonly id: string;
  /** When it was to be sent. */
  readonly due: number;
  readonly sent: number;
  readonly end: number;
  /** `shed`: refused clearly, by 429 or 503 with Retry-After. */
  readonly outcome: 'ok' | 'shed' | 'failed';
  /** What else than a success: a status, or an error. */
  readonly what?: string;
  /** Who answered. */
  readonly server?: string;
  /** What it was sent to, where clients reach more than one group of addresses. */
  readonly group?: 'apis' | 'apps';
  /** How often the protocol said that it was not looked at, and it was sent again. */
  readonly again?: number;
}

/** Who of several balancers had the virtual addresses. */
export interface Pair {
  readonly nodes: readonly string[];
  /** The virtual addresses; first the one that clients use. */
  readonly addresses: readonly string[];
  /** In the order in which it happened, the time before the load included. */
  readonly holdings: readonly Holding[];
}

/** A virtual address came to a node, or left it. */
export interface Holding {
  readonly at: number;
  readonly node: string;
  readonly address: string;
  readonly holds: boolean;
}

/** Something that was done to the estate. */
export interface Mark {
  readonly at: number;
  /** When it had been done. */
  readonly done: number;
  readonly text: string;
  /** `repair` ends a trouble, `fault` begins one. */
  readonly kind: 'fault' | 'repair' | 'command';
  readonly on: readonly string[];
}

/** What the product said about itself at one moment. */
export interface StateSample {
  readonly at: number;
  /** Which of two balancers said it. */
  readonly node?: string;
  readonly conditions: readonly string[];
  readonly services: readonly { readonly name: string; readonly state: string }[];
  readonly servers: readonly {
    readonly service: string;
    readonly name: string;
    readonly state: string;
    readonly check: string;
  }[];
}

/** One variant of a scenario. */
export interface Variant {
  readonly clients: 'http1' | 'http1-new' | 'http2';
  readonly tls: 'bridging' | 'offload';
  readonly topology: 'recommended' | 'minimum' | 'minimum-isolated';
}
