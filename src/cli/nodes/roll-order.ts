import type { ReadyNode } from './ready-nodes.ts';

/**
 * In which order nodes are changed: whoever holds no address first, so that a change that does not hold is seen where
 * nobody feels it. Those that are alike by the order of the command line, the last first.
 */
export function rollOrder(nodes: readonly ReadyNode[]): readonly ReadyNode[] {
  return nodes.toReversed().sort((a, b) => Number(a.active) - Number(b.active));
}
