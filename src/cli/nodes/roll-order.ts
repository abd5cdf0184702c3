import type { ReadyNode } from './ready-nodes.ts';

/**
 * In which order nodes are changed: whoever holds the fewest addresses first, so that a change that does not hold is seen
 * where nobody feels it, or few do. Those that are alike by the order of the command line, the last first.
 */
export function rollOrder(nodes: readonly ReadyNode[]): readonly ReadyNode[] {
  return nodes.toReversed().sort((a, b) => a.holds - b.holds);
}
