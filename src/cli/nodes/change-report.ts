import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { type WhereOptions, whereHint } from '../options.ts';
import type { ChangedNodes } from './change-nodes.ts';
import { fateWords, isComplete, type NodeFate } from './fate.ts';
import { listOf } from './node-words.ts';

/**
 * Says which node has what after a change of several, and what to run next when it is not complete.
 * @param again the command that was run, without the nodes
 */
export function reportNodes(
  changed: ChangedNodes,
  again: string,
  options: WhereOptions & { readonly json: boolean },
  context: CliContext,
): ExitCode {
  const { fates, answers, interrupted } = changed;
  const { colors } = context;
  const complete = isComplete(fates);
  const next = complete ? [] : nextCommands(fates, again, options);
  if (options.json) {
    context.write(
      toJson({
        complete,
        interrupted,
        nodes: fates.map(({ node, before, fate }) => ({ node, before, fate, answer: answers.get(node) })),
        next,
      }),
    );
  } else if (complete) {
    context.write(`${colors.green('done')}: ${listOf(fates.map(({ node }) => node))} have it\n`);
  } else {
    const lines = fates.map((one) => `  ${one.node} ${fateWords(one)}\n`);
    const head = interrupted ? 'interrupted' : 'stopped';
    context.warn(`${colors.red(head)}: not all nodes have it\n${lines.join('')}`);
    if (next.length > 0) context.warn(`next:\n${next.map((line) => `  ${line}\n`).join('')}`);
  }
  return complete ? 0 : 1;
}

/** What can be run now, each with what it does, as a comment of a shell. */
export function nextCommands(fates: readonly NodeFate[], again: string, where: WhereOptions): string[] {
  const all = whereHint(where);
  const unsure = fates.some(({ fate }) => fate.kind === 'lost' || fate.kind === 'unreached');
  const holders = fates.filter(({ fate }) => fate.kind === 'changed' || fate.kind === 'stuck');
  return [
    ...(unsure ? [`aorta status${all}  # what each of them has`] : []),
    ...(unsure || holders.length > 0 ? [`${again}${all}  # to go on, once the reason is mended`] : []),
    ...holders.map(
      ({ node, before }) =>
        `aorta rollback ${before}${whereHint({ ...where, node: [node] })}  # to take ${node} back`,
    ),
  ];
}
