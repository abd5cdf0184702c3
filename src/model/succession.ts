import { byCodeUnits } from '../kernel/order.ts';

/**
 * Their priorities are at most 29 points apart, and a node that stands aside has 30 less: with more nodes it would not yield
 * to all of them.
 */
export const mostNodes = 30;

/** How many points of priority a node has less that stands aside. */
export const asidePoints = 30;

/**
 * In which order nodes are to have a group of addresses, when all of them are well: the preferred one first, then all by
 * name. The same on every node.
 */
export function succession<N extends string>(nodes: readonly N[], preferred: N | undefined): N[] {
  const rank = (name: N) => (name === preferred ? '0' : '1') + name;
  return [...nodes].sort((a, b) => byCodeUnits(rank(a), rank(b)));
}
