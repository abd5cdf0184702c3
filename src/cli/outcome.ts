import type { ChangeAnswer } from '../contract/answers.ts';
import type { CliContext, ExitCode } from './context.ts';
import { countFindings, findingsAsJson, formatFindings, toJson } from './findings.ts';

/** Reports what became of a declaration, for people or programs. */
export function reportOutcome(answer: ChangeAnswer, asJson: boolean, context: CliContext): ExitCode {
  if (asJson) {
    context.write(toJson({ ...answer, findings: findingsAsJson(answer.findings) }));
  } else {
    context.warn(formatFindings(answer.findings, context));
    context.write(`${sentenceFor(answer, context)}\n`);
  }
  if (answer.outcome === 'invalid') return 2;
  return answer.outcome === 'applied' || answer.outcome === 'unchanged' ? 0 : 1;
}

function sentenceFor(
  { outcome, how, stage, generation, findings }: ChangeAnswer,
  { colors }: CliContext,
): string {
  const name =
    generation === undefined ? '' : `generation ${generation.number} (${generation.digest.slice(0, 8)})`;
  switch (outcome) {
    case 'applied':
      return `${colors.green('applied')}: HAProxy ${how === 'started' ? 'was started with' : 'took over'} ${name}`;
    case 'unchanged':
      return `${colors.green('no change')}: HAProxy already runs ${name}`;
    case 'invalid':
      return `${colors.red('refused')}: ${countFindings(findings)}; nothing was touched`;
    case 'refused':
      return `${colors.red('refused')} by ${stage ?? 'the machine'}; nothing in service was touched`;
    case 'rolledBack':
      return `${colors.red('rolled back')} after ${stage ?? 'a failure'}; what ran before is in service`;
  }
}
