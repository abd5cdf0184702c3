import type { Readable, Writable } from 'node:stream';
import { intro, isCancel, select, text } from '@clack/prompts';
import type { Answers, Question } from '../../blueprints/starter.ts';
import { complaintsOf } from './complaints.ts';

/** Where a person sits. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Asks what the command line did not say.
 * @returns undefined when the person gave up
 */
export async function interview(
  questions: readonly Question[],
  given: Answers,
  terminal: Terminal,
): Promise<Answers | undefined> {
  const answers: Record<string, readonly string[] | undefined> = { ...given };
  intro('A new declaration. Ctrl-C gives up; nothing is written before the end.', {
    output: terminal.output,
  });
  for (const question of questions) {
    const need = question.need(answers);
    if (answers[question.key] !== undefined || need.kind === 'useless') continue;
    const answer = await ask(question, need.kind === 'optional', terminal);
    if (answer === undefined) return undefined;
    if (answer.length > 0) answers[question.key] = answer;
  }
  return answers;
}

async function ask(
  question: Question,
  optional: boolean,
  terminal: Terminal,
): Promise<readonly string[] | undefined> {
  const { form, example } = question;
  if (form.kind === 'choice') {
    const options = form.choices.map(({ value, hint }) => ({ value, label: value, hint }));
    const chosen = await select({ message: question.ask, options, ...terminal });
    return isCancel(chosen) ? undefined : [chosen];
  }
  const hint = [listed(form) ? 'several with blanks between' : '', optional ? 'Enter for none' : '']
    .filter((part) => part !== '')
    .join('; ');
  const typed = await text({
    message: hint === '' ? question.ask : `${question.ask} (${hint})`,
    placeholder: example,
    validate: (value) => complain(question, optional, value),
    ...terminal,
  });
  return isCancel(typed) ? undefined : textsIn(question, typed);
}

function complain(question: Question, optional: boolean, typed: string | undefined): string | undefined {
  const texts = textsIn(question, typed ?? '');
  if (texts.length === 0) return optional ? undefined : `such as ${question.example}`;
  return complaintsOf(question, texts)[0];
}

/** What was typed, apart; blanks around it are not part of it. */
function textsIn({ form }: Question, typed: string): readonly string[] {
  const parts = listed(form) ? typed.split(/[\s,]+/) : [typed.trim()];
  return parts.filter((part) => part !== '');
}

function listed({ kind }: Question['form']): boolean {
  return kind === 'list' || kind === 'machines';
}
