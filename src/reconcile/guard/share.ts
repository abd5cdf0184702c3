/** Some of all: failures and tries. */
export interface Share {
  readonly failed: number;
  readonly total: number;
}

export function shareOf({ failed, total }: Share): number {
  return total === 0 ? 0 : failed / total;
}

/** Fewer tries say nothing. */
export const fewestTries = 20;

/** A service with fewer tries before is taken for one with this many, the rest of them good. */
const presumedTries = 100;

/** The least growth of a share that matters, and the most that is asked for of a service that was poor already. */
const leastGrowth = 0.05;
const mostGrowth = 0.25;

/**
 * Whether failures became so many more that it is neither harmless nor chance. Two questions:
 *
 * - Does it matter? The share grew by more than 5 percentage points, and by more than three times what it was or by
 *   more than 25 points. Without the second limit a service with a quarter of failures could never get worse.
 * - Is it chance? The log-likelihood ratio of "two different shares" against "one share all the time" must exceed
 *   the bar. With no real difference a bar of 6 is passed in about 3 of 10,000 cases.
 */
export function isWorse(before: Share, after: Share, fewestFailures: number, bar: number): boolean {
  if (after.total < fewestTries || after.failed < fewestFailures) return false;
  const share = shareOf(before);
  const harmless = Math.min(Math.max(leastGrowth, 3 * share), mostGrowth);
  if (shareOf(after) - share <= harmless) return false;
  return evidence(before, after) > bar;
}

/** In natural units: 0 for equal shares, growing with the difference and with the number of tries. */
export function evidence(before: Share, after: Share): number {
  const presumed = { failed: before.failed, total: Math.max(before.total, presumedTries) };
  const both = (presumed.failed + after.failed) / (presumed.total + after.total);
  return surprise(presumed, both) + surprise(after, both);
}

/** How much less likely this outcome is at another share than at its own: n times the Kullback-Leibler divergence. */
function surprise({ failed, total }: Share, other: number): number {
  return term(failed, failed / total, other) + term(total - failed, 1 - failed / total, 1 - other);
}

function term(count: number, own: number, other: number): number {
  return count === 0 ? 0 : count * Math.log(own / other);
}

/** `34 % of 412 requests`. */
export function shareWords(share: Share, tries: string): string {
  return `${percent(shareOf(share))} of ${count(share.total)} ${tries}`;
}

export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return 'less than 0.1 %';
  return `${value === 0 || value >= 10 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** With thousands separated: `1,204`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
