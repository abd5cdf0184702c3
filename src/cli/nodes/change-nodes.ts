import type { ChangeAnswer } from '../../contract/answers.ts';
import { Failure } from '../../kernel/failure.ts';
import { type CallOptions, call } from '../client.ts';
import type { CliContext } from '../context.ts';
import { liveStages } from '../live-stages.ts';
import { type WatchOptions, type WhereOptions, watchOf } from '../options.ts';
import { outcomeAsJson, outcomeReport } from '../outcome.ts';
import { type Fate, type NodeFate, nextMove } from './fate.ts';
import type { ReadyNode } from './ready-nodes.ts';
import { NodeLost } from './remote-node.ts';
import { only } from './resolve.ts';
import { rollOrder } from './roll-order.ts';

export interface ChangeNodesOptions extends WhereOptions, WatchOptions {
  readonly json: boolean;
  /** Leave the change where it is, when another node does not take it. */
  readonly keep: boolean;
}

/** Asks one node for the change. */
export type AskForChange = (
  ready: ReadyNode,
  live: Pick<CallOptions, 'onProgress' | 'signal'>,
) => Promise<ChangeAnswer>;

/** What became of all nodes. */
export interface ChangedNodes {
  /** In the order in which they were changed. */
  readonly fates: readonly NodeFate[];
  /** What they answered, by name, as data for programs. */
  readonly answers: ReadonlyMap<string, object>;
  readonly interrupted: boolean;
}

/** Makes a change on several nodes, one after the other, and takes it back when one does not take it. */
export async function changeNodes(
  nodes: readonly ReadyNode[],
  ask: AskForChange,
  options: ChangeNodesOptions,
  context: CliContext,
): Promise<ChangedNodes> {
  const interrupt = context.onInterrupt();
  const order = rollOrder(nodes);
  const fates = new Map<string, Fate>(order.map(({ node }) => [node.name, { kind: 'untouched' }]));
  const answers = new Map<string, object>();
  const byName = (name: string) => {
    const found = order.find(({ node }) => node.name === name);
    if (found === undefined) throw new Error(`${name} is not one of the nodes`);
    return found;
  };
  const list = () =>
    order.map(
      ({ node, before }): NodeFate => ({
        node: node.name,
        before: before.revision,
        fate: fates.get(node.name) ?? { kind: 'untouched' },
      }),
    );
  for (;;) {
    const move = nextMove(list(), { keep: options.keep, interrupted: interrupt.aborted });
    switch (move.kind) {
      case 'end':
        return { fates: list(), answers, interrupted: interrupt.aborted };
      case 'change': {
        const ready = byName(move.node);
        const { fate, answer } = await change(ready, ask, interrupt, options, context);
        fates.set(move.node, fate);
        if (answer !== undefined) answers.set(move.node, outcomeAsJson(answer));
        break;
      }
      case 'undo':
        if (!options.json) context.write(`taking ${move.node} back: ${move.because}\n`);
        fates.set(move.node, await takeBack(byName(move.node), move.because, options, context));
        break;
    }
  }
}

async function change(
  ready: ReadyNode,
  ask: AskForChange,
  signal: AbortSignal,
  options: ChangeNodesOptions,
  context: CliContext,
): Promise<{ readonly fate: Fate; readonly answer?: ChangeAnswer }> {
  const { node, before } = ready;
  if (!options.json) context.write(`${context.colors.bold(node.name)}:\n`);
  const { onProgress, end } = options.json ? silent : liveStages(context);
  try {
    const answer = await ask(ready, { ...(onProgress === undefined ? {} : { onProgress }), signal }).finally(
      end,
    );
    if (!options.json) {
      const { text, warnings = '' } = outcomeReport(answer, only(node, options), context);
      context.warn(warnings);
      context.write(text);
    }
    return { fate: fateOf(answer, before.revision), answer };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const why = signal.aborted ? 'interrupted' : `${error.message}; ${error.mend}`;
    if (error instanceof NodeLost) return { fate: { kind: error.sent ? 'lost' : 'unreached', why } };
    // Told in the middle of it: nobody knows how far it came.
    const unknown = error.code === 'controller-bug' || error.code === 'change-interrupted';
    return { fate: { kind: unknown ? 'lost' : 'refused', why } };
  }
}

const silent = { onProgress: undefined, end: () => undefined };

function fateOf(answer: ChangeAnswer, before: number): Fate {
  const { outcome, revision = before, evidence, findings, stage } = answer;
  const finding = findings.find(({ severity }) => severity === 'error')?.what;
  switch (outcome) {
    case 'applied':
    case 'awaiting':
      return { kind: 'changed', revision, awaiting: outcome === 'awaiting' };
    case 'unchanged':
      // One that differs in words only is a revision, too.
      return revision === before ? { kind: 'unchanged' } : { kind: 'changed', revision, awaiting: false };
    case 'invalid':
    case 'refused':
      return { kind: 'refused', why: finding ?? `by ${stage ?? 'the machine'}` };
    case 'rolledBack':
      return {
        kind: 'reverted',
        why: [finding, ...evidence].filter(Boolean).join('; ') || 'it did not hold',
      };
  }
}

/** The longest reason that is taken, and what has no place in one line. */
const longestReason = 500;

async function takeBack(
  { node, before }: ReadyNode,
  because: string,
  options: ChangeNodesOptions,
  context: CliContext,
): Promise<Fate> {
  const { author } = watchOf(options, context);
  // What was in service until now needs no watching, and is better than what the other node does not have.
  const request = {
    ...{ revision: before.revision, author, guard: 0, force: true },
    reason: because.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ').slice(0, longestReason),
  };
  try {
    const { outcome, evidence, findings } = await call(node, 'rollback', request);
    // A change that waited to be confirmed says that it was undone, whatever became of that.
    const { digest } = await call(node, 'configuration');
    if (digest === before.digest) return { kind: 'undone' };
    const why = [...findings.map(({ what }) => what), ...evidence].join('; ');
    return { kind: 'stuck', why: why === '' ? outcome : why };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { kind: 'stuck', why: `${error.message}; ${error.mend}` };
  }
}
