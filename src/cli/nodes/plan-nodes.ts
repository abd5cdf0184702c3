import type { PlanAnswer } from '../../contract/answers.ts';
import type { PlanRequest } from '../../contract/operations.ts';
import { hasErrors } from '../../kernel/diagnostic.ts';
import { Failure } from '../../kernel/failure.ts';
import { call } from '../client.ts';
import type { CliContext } from '../context.ts';
import { countFindings, formatFindings } from '../findings.ts';
import { planAnswerAsJson, planAnswerText } from '../plan-text.ts';
import { listOf } from './node-words.ts';
import { attempt } from './on-each.ts';
import type { RemoteNode } from './remote-node.ts';

export interface NodePlan {
  readonly node: RemoteNode;
  readonly answer: PlanAnswer;
}

/** For a plan to come, in milliseconds: its examination alone may take 15 s. */
const limit = 60_000;

/** Asks all nodes what a declaration would do. @throws Failure when one of them does not say */
export async function planNodes(
  nodes: readonly RemoteNode[],
  request: PlanRequest,
): Promise<readonly NodePlan[]> {
  const done = await attempt(nodes, (node) => call(node, 'plan', request, { limit }));
  return done.map(({ node, result }) => {
    if (!(result instanceof Failure)) return { node, answer: result };
    throw new Failure(result.code, `no node was touched: ${node.name}: ${result.message}`, result.mend);
  });
}

/** Whether a node would refuse. @param force whether what the examination finds does not count */
export function isAgainst({ answer }: NodePlan, force: boolean): boolean {
  return answer.plan === undefined || (!force && hasErrors(answer.findings));
}

/** Shows the plans, those that are the same once. @param diff whether to show what differs in the files */
export function showPlans(plans: readonly NodePlan[], diff: boolean, context: CliContext): void {
  const alike = Map.groupBy(plans, ({ answer: { findings, plan, declaration, haproxy } }) =>
    // What is not shown, such as paths of this node alone in haproxy.cfg, makes no difference to who reads it.
    JSON.stringify([findings, plan, ...(diff ? [declaration, haproxy] : [])]),
  );
  for (const [first, ...others] of alike.values()) {
    if (first === undefined) continue;
    const names = listOf([first, ...others].map(({ node }) => node.name));
    context.write(`${context.colors.bold(names)}:\n`);
    context.warn(formatFindings(first.answer.findings, context));
    context.write(planAnswerText(first.answer, diff, context.colors));
  }
}

/** `lb-b: 1 error`. */
export function refusalWords(plans: readonly NodePlan[], force: boolean): string {
  return plans
    .filter((plan) => isAgainst(plan, force))
    .map(({ node, answer }) => `${node.name}: ${countFindings(answer.findings)}`)
    .join('; ');
}

export function plansAsJson(plans: readonly NodePlan[]): readonly object[] {
  return plans.map(({ node, answer }) => ({ node: node.name, ...planAnswerAsJson(answer) }));
}
