import { byCodeUnits } from '../../kernel/order.ts';
import type {
  NodeReport,
  NodeVerdict,
  PairRecord,
  SharedChange,
  SharedHead,
} from '../../store/shared/pair-record.ts';

/** What a node knows when it decides what to do next. */
export interface Scene {
  /** The name of this node. */
  readonly me: string;
  readonly pair: PairRecord;
  readonly reports: ReadonlyMap<string, NodeReport>;
  /** The nodes whose controllers are there. */
  readonly present: ReadonlySet<string>;
  /** The digest of the declaration that is in service here; absent: none is. */
  readonly inService: string | undefined;
  /** Of this node, which may be newer than its report. */
  readonly verdict: NodeVerdict | undefined;
  /** Changes that whoever asked for them was told not to have been made. */
  readonly abandoned: ReadonlySet<string>;
}

/** What a node does next. */
export type SharedStep =
  | { readonly kind: 'rest' }
  /** Nothing was ever shared: what is in service here begins it. */
  | { readonly kind: 'begin' }
  /** Look whether the change could be made here. */
  | { readonly kind: 'examine'; readonly change: SharedChange }
  | { readonly kind: 'make'; readonly change: SharedChange }
  | { readonly kind: 'say'; readonly verdict: NodeVerdict }
  /** All nodes have it. */
  | { readonly kind: 'commit'; readonly change: SharedChange }
  | { readonly kind: 'withdraw'; readonly change: SharedChange; readonly why: string }
  /** Bring what the pair has into service here. */
  | { readonly kind: 'follow'; readonly head: SharedHead }
  /** What is in service here was never shared: nobody but an operator can say which is right. */
  | { readonly kind: 'stranger' };

/**
 * Decides what a node does next about a change that nodes share. Pure, and the same on all of them: nobody is in
 * charge, so nobody's end leaves a change half made. To be asked when this node has nothing under way.
 *
 * All examine it; then one after the other makes it, those without virtual addresses first; when all have it, whoever
 * sees that first commits it. One that is against it, or is gone before it has it, ends it: whoever sees that first
 * withdraws it, and those that have it go back to what the pair has.
 */
export function nextStep(scene: Scene): SharedStep {
  const { pair, inService } = scene;
  if (pair.change !== undefined) return stepOf(pair.change, scene);
  if (inService === undefined) return { kind: 'rest' };
  if (pair.head === undefined) return { kind: 'begin' };
  if (pair.head.digest === inService) return { kind: 'rest' };
  const known = pair.past.some(({ digest }) => digest === inService);
  return known ? { kind: 'follow', head: pair.head } : { kind: 'stranger' };
}

function stepOf(change: SharedChange, scene: Scene): SharedStep {
  const { me, present, inService, abandoned } = scene;
  const verdictOf = (node: string) => {
    const verdict = node === me ? scene.verdict : scene.reports.get(node)?.verdict;
    return verdict?.change === change.id ? verdict : undefined;
  };
  const has = (node: string) => verdictOf(node)?.kind === 'has';
  if (change.nodes.every(has)) return { kind: 'commit', change };
  const against = change.nodes.find((node) => verdictOf(node)?.kind === 'against');
  if (against !== undefined) {
    const why = verdictOf(against)?.why ?? 'it did not say why';
    return { kind: 'withdraw', change, why: `${against} did not take it: ${why}` };
  }
  const gone = change.nodes.find((node) => node !== me && !present.has(node) && !has(node));
  if (gone !== undefined) {
    return { kind: 'withdraw', change, why: `the controller of ${gone} went away` };
  }
  if (abandoned.has(change.id)) {
    return { kind: 'withdraw', change, why: 'whoever asked for it was told that it was not made' };
  }
  if (!change.nodes.includes(me)) return { kind: 'rest' };
  const mine = verdictOf(me);
  switch (mine?.kind) {
    case undefined:
      return { kind: 'examine', change };
    case 'making': {
      // Nothing is under way here, so an earlier controller began it.
      const reached = inService === change.digest;
      const verdict: NodeVerdict = reached
        ? { change: change.id, kind: 'has' }
        : { change: change.id, kind: 'against', why: 'its controller ended in the middle of it' };
      return { kind: 'say', verdict };
    }
    case 'ready': {
      const order = makingOrder(change, scene.reports);
      const isReady = change.nodes.every((node) => verdictOf(node) !== undefined);
      const before = order.slice(0, order.indexOf(me));
      return isReady && before.every(has) ? { kind: 'make', change } : { kind: 'rest' };
    }
    case 'has':
    case 'against':
      return { kind: 'rest' };
  }
}

/** In which order nodes make a change: whoever holds no virtual address first, as nobody feels there what fails. */
export function makingOrder(
  { nodes }: Pick<SharedChange, 'nodes'>,
  reports: ReadonlyMap<string, NodeReport>,
): readonly string[] {
  const rank = (node: string) => (reports.get(node)?.holds === true ? 1 : 0);
  return nodes.toSorted((a, b) => rank(a) - rank(b) || byCodeUnits(a, b));
}
