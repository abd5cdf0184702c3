import type { Path } from '../kernel/path.ts';

/**
 * What keepalived.conf of one node will say, in keepalived's own terms: fully resolved, totally ordered. The compiler
 * decides; the renderer only spells. Addresses are canonical, times in milliseconds.
 */
export interface KeepalivedIr {
  /** `router_id`: the name of the node in the declaration. */
  readonly routerId: string;
  /** Sorted by name; never empty. */
  readonly instances: readonly VrrpInstanceIr[];
  /**
   * Says whether HAProxy is fit: `0`, or anything else for a fault. Absolute, the same in every generation; written by the
   * watchdog.
   */
  readonly healthFile: string;
  /**
   * The program whose death is a fault, by its name in the table of processes. Absent: the kernel tells nobody of
   * processes here, and only the watchdog sees that it died.
   */
  readonly trackedProcess?: string;
  /** The address that answers pings as long as the network is there; absent: nothing is asked. */
  readonly gateway?: string;
}

/** Addresses that move together. */
export interface VrrpInstanceIr {
  readonly name: string;
  readonly origin: Path;
  readonly virtualRouterId: number;
  readonly interface: string;
  /** The link to the servers, whose loss is a fault as that of {@link interface} is; absent when it is the same. */
  readonly serverInterface?: string;
  readonly priority: number;
  /** Says what was decided about this group, see `group-word.ts`. Absolute, the same in every generation. */
  readonly groupFile: string;
  /** Whether it takes the addresses back from a node of lower priority that is well. */
  readonly preempt: boolean;
  readonly advertInterval: number;
  /** Where this node's adverts come from, and the nodes that they go to, sorted. */
  readonly source: string;
  readonly peers: readonly string[];
  /** The one address that both lists must agree on. */
  readonly anchor: string;
  /** Every other one, sorted: a difference between the nodes is harmless here. */
  readonly excluded: readonly string[];
}
