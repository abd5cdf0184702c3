/** What became of a node in a change of several. */
export type Fate =
  | { readonly kind: 'untouched' }
  /** It had it already. */
  | { readonly kind: 'unchanged' }
  /** It has it. @property awaiting whether it undoes it unless somebody confirms */
  | { readonly kind: 'changed'; readonly revision: number; readonly awaiting: boolean }
  /** Nothing in service was touched. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It tried, and went back by itself. */
  | { readonly kind: 'reverted'; readonly why: string }
  /** The request did not get there. */
  | { readonly kind: 'unreached'; readonly why: string }
  /** The request was under way: it completes or undoes the change by itself. */
  | { readonly kind: 'lost'; readonly why: string }
  /** It had it, and is back where it was. */
  | { readonly kind: 'undone' }
  /** It has it still, although it was to go back. */
  | { readonly kind: 'stuck'; readonly why: string };

export interface NodeFate {
  readonly node: string;
  /** The revision that was in service before. */
  readonly before: number;
  readonly fate: Fate;
}

/** What is to be done next. */
export type Move =
  | { readonly kind: 'change'; readonly node: string }
  | { readonly kind: 'undo'; readonly node: string; readonly because: string }
  | { readonly kind: 'end' };

export interface RollRules {
  /** Leave the change on the nodes that have it, when another one does not take it. */
  readonly keep: boolean;
  /** Somebody pressed Ctrl-C. */
  readonly interrupted: boolean;
}

/**
 * Decides what a change of several nodes does next. Pure.
 *
 * One node after the other. A node that refuses the change, or goes back by itself, ends it: the others are taken back,
 * the last first. A node that was lost, and an interruption, end it too, and then nothing is taken back: nobody knows
 * what the lost node has, and whoever interrupts wants to decide.
 * @param fates in the order in which the nodes are changed
 */
export function nextMove(fates: readonly NodeFate[], { keep, interrupted }: RollRules): Move {
  const broken = fates.some(({ fate }) => fate.kind === 'lost' || fate.kind === 'unreached');
  if (interrupted || broken) return { kind: 'end' };
  const against = fates.find(({ fate }) => fate.kind === 'refused' || fate.kind === 'reverted');
  if (against !== undefined) {
    const changed = fates.findLast(({ fate }) => fate.kind === 'changed');
    if (keep || changed === undefined) return { kind: 'end' };
    return { kind: 'undo', node: changed.node, because: `${against.node} did not take it` };
  }
  const next = fates.find(({ fate }) => fate.kind === 'untouched');
  return next === undefined ? { kind: 'end' } : { kind: 'change', node: next.node };
}

/** Whether every node has the change. */
export function isComplete(fates: readonly NodeFate[]): boolean {
  return fates.every(({ fate }) => fate.kind === 'changed' || fate.kind === 'unchanged');
}

/** What became of a node, in a clause that begins after its name. */
export function fateWords({ before, fate }: NodeFate): string {
  switch (fate.kind) {
    case 'untouched':
      return `was not touched: revision ${before} is in service`;
    case 'unchanged':
      return `already had it: revision ${before}`;
    case 'changed': {
      const unless = fate.awaiting ? ', and undoes it unless it is confirmed' : '';
      return `has it as revision ${fate.revision}${unless}`;
    }
    case 'refused':
      return `refused it, and revision ${before} is in service: ${fate.why}`;
    case 'reverted':
      return `tried it, and went back to what revision ${before} was: ${fate.why}`;
    case 'unreached':
      return `was not reached, and has revision ${before}: ${fate.why}`;
    case 'lost':
      return `was asked, and did not answer: it completes the change or undoes it by itself: ${fate.why}`;
    case 'undone':
      return `had it, and was taken back to what revision ${before} was`;
    case 'stuck':
      return `still has it, and could not be taken back to revision ${before}: ${fate.why}`;
  }
}
