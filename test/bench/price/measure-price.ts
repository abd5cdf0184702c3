import { join } from 'node:path';
import { outcomeOf } from '../../../lab/scenario/outcome-of.ts';
import type { HaproxyBinary } from '../../../scripts/haproxy3.ts';
import type { Price } from './price.ts';
import type { PriceReport } from './room-main.ts';

export interface Measured {
  readonly price: Price;
  /** Instructions of a read with the lines that were planted. */
  readonly planted?: number;
}

/** The branch of a HAProxy, such as `2.6`: what a request costs differs from one to the other. */
export function branchOf({ version }: HaproxyBinary): string {
  const branch = /^\d+\.\d+/.exec(version)?.[0];
  if (branch === undefined) throw new Error(`no version: ${version}`);
  return branch;
}

/**
 * Measures what Aorta renders, in a room of its own. About 20 s of processor time, because valgrind is slow.
 * @param planted lines for the frontend that reads go through: their price comes beside the others
 */
export async function measurePrice({ path }: HaproxyBinary, planted?: string): Promise<Measured> {
  const words = [path, ...(planted === undefined ? [] : [planted])];
  return await outcomeOf<Measured, PriceReport>(
    join(import.meta.dirname, 'room-main.ts'),
    words,
    (report, { done, failed }) => {
      if (report.kind === 'prices') done(report);
      else failed(new Error(report.why));
    },
  );
}
