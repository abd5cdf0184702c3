import type { ChangeAnswer } from '../contract/answers.ts';
import type { CliContext, ExitCode } from './context.ts';
import { countFindings, findingsAsJson, formatFindings, toJson } from './findings.ts';
import { clockTime } from './local-time.ts';
import type { Report } from './nodes/on-each.ts';
import { type WhereOptions, whereHint } from './options.ts';
import { planAsJson } from './plan-text.ts';

/** Reports what became of a change, for people or programs. */
export function reportOutcome(
  answer: ChangeAnswer,
  options: { readonly json: boolean } & WhereOptions,
  context: CliContext,
): ExitCode {
  const { code, json, text, warnings = '' } = outcomeReport(answer, options, context);
  if (!options.json) context.warn(warnings);
  context.write(options.json ? toJson(json) : text);
  return code;
}

/** What became of a change at one controller. */
export function outcomeReport(
  answer: ChangeAnswer,
  where: WhereOptions,
  context: Pick<CliContext, 'colors'>,
): Report {
  const evidence = answer.evidence.map((sentence) => `  ${sentence}\n`).join('');
  return {
    code: codeFor(answer),
    json: outcomeAsJson(answer),
    text: `${sentenceFor(answer, where, context)}\n${stepsOf(answer)}${evidence}`,
    warnings: formatFindings(answer.findings, context),
  };
}

function codeFor(answer: ChangeAnswer): ExitCode {
  switch (answer.outcome) {
    case 'applied':
    case 'awaiting':
    case 'unchanged':
      return 0;
    case 'refused':
    case 'rolledBack':
      return 1;
    case 'invalid':
      return 2;
  }
}

export function outcomeAsJson({ plan, ...answer }: ChangeAnswer): object {
  return {
    ...answer,
    ...(plan === undefined ? {} : { plan: planAsJson(plan) }),
    findings: findingsAsJson(answer.findings),
  };
}

function sentenceFor(
  answer: ChangeAnswer,
  where: WhereOptions,
  { colors }: Pick<CliContext, 'colors'>,
): string {
  const { outcome, stage, confirmBy, findings } = answer;
  switch (outcome) {
    case 'applied':
      return `${colors.green('applied')}: ${nameOf(answer)} is in service${howOf(answer)}`;
    case 'awaiting': {
      const when = confirmBy === undefined ? '' : ` at ${clockTime(confirmBy)}`;
      const command = `aorta confirm${whereHint(where)}`;
      const inService = `${nameOf(answer)} is in service${howOf(answer)}`;
      return `${colors.yellow('awaiting')}: ${inService}; undone${when} unless you run \`${command}\``;
    }
    case 'unchanged':
      return answer.plan === undefined || answer.plan.steps.length === 0
        ? `${colors.green('no change')}: ${nameOf(answer)} already is in service`
        : `${colors.green('applied')}: ${nameOf(answer)} is in service; nothing changes for HAProxy`;
    case 'invalid':
      return `${colors.red('refused')}: ${countFindings(findings)}; nothing was touched`;
    case 'refused':
      return `${colors.red('refused')} by ${stage ?? 'the machine'}; nothing in service was touched`;
    case 'rolledBack':
      return `${colors.red('rolled back')} after ${stage ?? 'a failure'}: ${nameOf(answer)} did not hold; what ran before is in service`;
  }
}

/** What a change that HAProxy knows nothing of is about; any other was shown while it was made. */
function stepsOf({ outcome, plan }: ChangeAnswer): string {
  if (outcome !== 'unchanged' || plan === undefined) return '';
  return plan.steps.map(({ what }) => `  ${what}\n`).join('');
}

/** `revision 8 (generation 12, 1a2b3c4d)`, as far as there is one. */
function nameOf({ revision, generation }: ChangeAnswer): string {
  const made =
    generation === undefined ? '' : `generation ${generation.number}, ${generation.digest.slice(0, 8)}`;
  if (revision === undefined) return made === '' ? 'the change' : made;
  return made === '' ? `revision ${revision}` : `revision ${revision} (${made})`;
}

function howOf({ how }: ChangeAnswer): string {
  if (how === undefined) return '';
  switch (how) {
    case 'started':
      return '; HAProxy was started';
    case 'reloaded':
      return ', by a reload';
    case 'runtime':
      return ', without a reload';
  }
}
