import type { Path } from '../kernel/path.ts';

/**
 * What bird.conf of one node will say, in BIRD's own terms: fully resolved, totally ordered. The compiler decides; the
 * renderer only spells. Addresses are canonical, times in milliseconds.
 */
export interface BirdIr {
  /** Four numbers that no other node has; they look like an IPv4 address and need not be one. */
  readonly routerId: string;
  readonly localAs: number;
  /** What is announced, by family, each sorted. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  /** Sorted by name; never empty. */
  readonly sessions: readonly BgpSessionIr[];
  /** Milliseconds between two packets of BFD, three of which may be lost; absent: no BFD. */
  readonly bfdInterval?: number;
  /** The interface that leads to the routers. */
  readonly interface: string;
  /**
   * Files in BIRD's own words that say whether anything is announced; absolute, the same in every generation. Without the
   * first, which the watchdog writes, nothing is. The other is there while somebody has withdrawn this node on purpose.
   */
  readonly healthFile: string;
  readonly withdrawalFile: string;
}

/** A session with one router, for the addresses of its family. */
export interface BgpSessionIr {
  readonly name: string;
  readonly origin: Path;
  readonly router: string;
  readonly routerAs: number;
  /** Of this node; absent: whatever it has on the network of the router. */
  readonly source?: string;
}
