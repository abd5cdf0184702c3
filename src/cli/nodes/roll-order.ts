import type { ReadyNode } from './ready-nodes.ts';

/**
 * In which order nodes are changed: whoever carries no traffic first, so that a change that does not hold is seen
 * where nobody feels it. Which node that is, is not known yet: by the order of the command line, the last first.
 */
export function rollOrder(nodes: readonly ReadyNode[]): readonly ReadyNode[] {
  return nodes.toReversed();
}
