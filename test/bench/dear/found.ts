import type { Spread } from '../data-plane/statistics.ts';
import type { Pair } from './pairs.ts';

/** What a pair cost. */
export interface Found {
  readonly name: string;
  /** Of HAProxy that does nothing else. */
  readonly bare: boolean;
  readonly told: Pair['told'];
  /** Processor time of HAProxy for one connection, request or check, in microseconds: the median of the rounds. */
  readonly cheap: number;
  readonly dear: number;
  /** Of each round, so that what else the machine does is in both. */
  readonly ratio: Spread;
}
