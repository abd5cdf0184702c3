import type { Secret } from '../kernel/secret.ts';
import type { Port } from './address.ts';
import type { Name } from './name.ts';

/** What differs between the machines that run one configuration. */
export interface NodeFacts {
  /** The account that HAProxy's workers run as; absent when the controller itself is not privileged. */
  readonly account?: { readonly user: string; readonly group: string };
  readonly runtime: RuntimePaths;
  /** Absent on a machine that is no node of a pair. */
  readonly node?: NodeIdentity;
  /**
   * Whether the kernel tells programs here of processes that begin and end. It does so in its first network namespace
   * only; elsewhere keepalived 2.2 takes every process for dead (measured). Absent: it does not.
   */
  readonly processEvents?: boolean;
  /** By what it shares state with the other nodes; absent: it has no keys, and shares none. */
  readonly sharing?: NodeSharing;
  /**
   * Where HAProxy finds the keys of TLS session tickets: an absolute path, the same in every generation, in memory. Absent:
   * each of its processes makes keys of its own.
   */
  readonly ticketKeysFile?: string;
}

/** How a node shows the others who it is, and where they reach it. */
export interface NodeSharing {
  /** The certificate of the authority of the pair, as PEM; nobody else is trusted. */
  readonly authority: string;
  /** Its own certificate, as PEM. */
  readonly certificate: string;
  readonly key: Secret;
  /** Where the controllers of all nodes answer each other; absent: this one does not. */
  readonly apiPort?: Port;
}

/** Which node of the pair a machine is, and how it is connected. */
export interface NodeIdentity {
  readonly name: Name;
  /** The interface that carries the virtual addresses. */
  readonly interface: string;
  /** The one to the servers, when it is another. */
  readonly serverInterface?: string;
}

/** Absolute paths that stay the same in every generation, so that old and new workers find each other. */
export interface RuntimePaths {
  /** HAProxy's runtime API. */
  readonly adminSocket: string;
  /** Answers with the digest of the generation that is in service. */
  readonly identitySocket: string;
  /** Where an old worker hands its stick tables to the new one at a reload; the account can reach it. */
  readonly peersSocket: string;
  /** Where HAProxy hands writes to itself; only the account can reach it. */
  readonly hopSocket: string;
  /**
   * Server states, saved before a reload and loaded by the new worker. It must exist and begin with the line
   * `1` (the version of the format), else HAProxy warns at every start.
   */
  readonly serverStateFile: string;
  /** Whether HAProxy serves, for keepalived: `0`, or anything else for a fault. Written by the watchdog. */
  readonly healthFile: string;
  /**
   * How the names of the files begin that tell keepalived what was decided about a group of addresses; the name of the
   * group follows.
   */
  readonly groupFiles: string;
  /** Whether HAProxy serves, for BIRD, in its words. Written by the watchdog. */
  readonly birdHealthFile: string;
  /** There while the addresses are withdrawn on purpose, for BIRD, in its words. */
  readonly birdWithdrawalFile: string;
}
