import type { Spread } from '../data-plane/statistics.ts';

/** What a pair cost. */
export interface Found {
  readonly name: string;
  /** Processor time of HAProxy for one connection or request, in microseconds: the median of the rounds. */
  readonly cheap: number;
  readonly dear: number;
  /** Of each round, so that what else the machine does is in both. */
  readonly ratio: Spread;
}
