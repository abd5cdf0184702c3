import type { OutlierDetection } from '../model/outlier-detection.ts';

/** A pool whose live traffic is judged. Names are those of haproxy.cfg. */
export interface WatchedPool {
  readonly backend: string;
  readonly detection: OutlierDetection;
  /** All that the declaration has. */
  readonly servers: readonly WatchedServer[];
}

export interface WatchedServer {
  readonly name: string;
  /** Whether it gets requests: neither drained nor in maintenance, with a weight, and up. */
  readonly serving: boolean;
}

/**
 * How many servers of a pool may be kept out, or get less, at a time: a share, but one in any case, and never all.
 * @param percent of the servers
 */
export function mostEjected(servers: number, percent: number): number {
  const share = Math.floor((servers * percent) / 100);
  return Math.min(Math.max(share, 1), Math.max(servers - 1, 0));
}
