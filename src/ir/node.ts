import type { BirdIr } from './bird.ts';
import type { KeepalivedIr } from './keepalived.ts';

/** What a machine is told besides HAProxy. Both absent: it is alone; one of them on a node of several. */
export interface NodeIr {
  /** Addresses move between the nodes. */
  readonly keepalived?: KeepalivedIr;
  /** All nodes announce all addresses. */
  readonly bird?: BirdIr;
}
