import type { PlanRequest } from '../../contract/operations.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { watchOf } from '../options.ts';
import { shellWord } from '../shell-word.ts';
import { type ChangeNodesOptions, changeNodes } from './change-nodes.ts';
import { reportNodes } from './change-report.ts';
import { isAgainst, planNodes, plansAsJson, refusalWords, showPlans } from './plan-nodes.ts';
import { readyNodes } from './ready-nodes.ts';
import type { RemoteNode } from './remote-node.ts';

/**
 * Makes a declaration the desired state of several nodes: all of them plan it first, and when none is against it they
 * take it one after the other.
 */
export async function applyToNodes(
  nodes: readonly RemoteNode[],
  file: string,
  declaration: PlanRequest,
  options: ChangeNodesOptions,
  context: CliContext,
): Promise<ExitCode> {
  const ready = await readyNodes(nodes, context);
  const plans = await planNodes(nodes, declaration);
  if (!options.json) showPlans(plans, false, context);
  if (plans.some((plan) => isAgainst(plan, options.force))) {
    if (options.json) context.write(toJson({ complete: false, plans: plansAsJson(plans) }));
    else {
      const who = refusalWords(plans, options.force);
      context.write(`${context.colors.red('refused')} by ${who}; no node was touched\n`);
    }
    return plans.some(({ answer }) => answer.plan === undefined) ? 2 : 1;
  }
  const request = { ...declaration, ...watchOf(options, context) };
  const changed = await changeNodes(
    ready,
    // Whoever changes a node after it was asked for its plan is not overruled.
    ({ node, before }, live) => call(node, 'apply', request, { ...live, ifRevision: before.revision }),
    options,
    context,
  );
  return reportNodes(changed, `aorta apply ${shellWord(file)}`, options, context);
}
