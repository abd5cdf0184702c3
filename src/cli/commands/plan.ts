import type { PlanAnswer } from '../../contract/answers.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { formatFindings, toJson } from '../findings.ts';
import { planNodes, plansAsJson, showPlans } from '../nodes/plan-nodes.ts';
import { nodesOf } from '../nodes/resolve.ts';
import type { WhereOptions } from '../options.ts';
import { planAnswerAsJson, planAnswerText } from '../plan-text.ts';
import { prepare } from '../send.ts';

export interface PlanOptions extends WhereOptions {
  readonly json: boolean;
  /** Whether to show what differs in the declaration and in haproxy.cfg. */
  readonly diff: boolean;
}

/** Shows what applying a declaration would do; changes nothing. */
export async function plan(file: string, options: PlanOptions, context: CliContext): Promise<ExitCode> {
  const nodes = await nodesOf(options, context);
  const prepared = await prepare(file, context.now());
  if (prepared.ok && nodes.length > 1) {
    const plans = await planNodes(nodes, prepared.value);
    if (options.json) context.write(toJson({ nodes: plansAsJson(plans) }));
    else showPlans(plans, options.diff, context);
    return plans.some(({ answer }) => answer.plan === undefined) ? 2 : 0;
  }
  const place = nodes[0] ?? context.machine.controlSocket(options.state);
  const answer: PlanAnswer = prepared.ok
    ? await call(place, 'plan', prepared.value)
    : { findings: prepared.error, declaration: '', haproxy: '', keepalived: '' };
  if (options.json) context.write(toJson(planAnswerAsJson(answer)));
  else {
    context.warn(formatFindings(answer.findings, context));
    context.write(planAnswerText(answer, options.diff, context.colors));
  }
  return answer.plan === undefined ? 2 : 0;
}
