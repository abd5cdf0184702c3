import type { PlanAnswer } from '../../contract/answers.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { diffText } from '../diff-text.ts';
import { countFindings, findingsAsJson, formatFindings, toJson } from '../findings.ts';
import { planAsJson, planText } from '../plan-text.ts';
import { prepare } from '../send.ts';

export interface PlanOptions {
  readonly state: string;
  readonly json: boolean;
  /** Whether to show what differs in the declaration and in haproxy.cfg. */
  readonly diff: boolean;
}

/** Shows what applying a declaration would do; changes nothing. */
export async function plan(file: string, options: PlanOptions, context: CliContext): Promise<ExitCode> {
  const prepared = await prepare(file, context.now());
  const answer: PlanAnswer = prepared.ok
    ? await call(context.machine.controlSocket(options.state), 'plan', prepared.value)
    : { findings: prepared.error, declaration: '', haproxy: '' };
  if (options.json) context.write(toJson(answerAsJson(answer)));
  else {
    context.warn(formatFindings(answer.findings, context));
    context.write(textOf(answer, options.diff, context));
  }
  return answer.plan === undefined ? 2 : 0;
}

function textOf(
  { plan, findings, declaration, haproxy }: PlanAnswer,
  diff: boolean,
  context: CliContext,
): string {
  const { colors } = context;
  if (plan === undefined) return `${colors.red('refused')}: ${countFindings(findings)}\n`;
  const differences = diff ? [declaration, haproxy].filter((text) => text !== '') : [];
  return [planText(plan, colors), ...differences.map((text) => diffText(text, colors))].join('\n');
}

function answerAsJson({ plan, ...answer }: PlanAnswer): object {
  return {
    ...(plan === undefined ? {} : { plan: planAsJson(plan) }),
    ...answer,
    findings: findingsAsJson(answer.findings),
  };
}
