import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { outcomeOf } from '../../../lab/scenario/outcome-of.ts';
import type { Price } from './price.ts';
import type { PriceReport } from './room-main.ts';

export interface Measured {
  readonly price: Price;
  /** Instructions of a read with the lines that were planted. */
  readonly planted?: number;
}

/** That of the PATH: valgrind would count the script that starts the one of the other Debian. */
const binary = 'haproxy';

/** The branch of the HAProxy that is measured, such as `2.6`: what a request costs differs from one to the other. */
export async function haproxyBranch(): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, ['-v']);
  const branch = /version (\d+\.\d+)/.exec(stdout)?.[1];
  if (branch === undefined) throw new Error(`no version: ${stdout}`);
  return branch;
}

/**
 * Measures what Aorta renders, in a room of its own. About 20 s of processor time, because valgrind is slow.
 * @param planted lines for the frontend that reads go through: their price comes beside the others
 */
export async function measurePrice(planted?: string): Promise<Measured> {
  const words = [binary, ...(planted === undefined ? [] : [planted])];
  return await outcomeOf<Measured, PriceReport>(
    join(import.meta.dirname, 'room-main.ts'),
    words,
    (report, { done, failed }) => {
      if (report.kind === 'prices') done(report);
      else failed(new Error(report.why));
    },
  );
}
