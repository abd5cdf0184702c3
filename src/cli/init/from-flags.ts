import type { Answers, Question } from '../../blueprints/starter.ts';
import { complaintsOf } from './complaints.ts';

/** The options of the command line, as commander names them. */
export type InitFlags = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface FlagAnswers {
  readonly answers: Answers;
  /** What is missing or wrong, one line each, all at once. */
  readonly problems: readonly string[];
}

/** What the flags say, as answers, and what follows from them. */
export function answersIn(flags: InitFlags): Answers {
  const answers: Record<string, readonly string[]> = {};
  for (const [key, value] of Object.entries(flags)) {
    const texts = value === undefined ? [] : typeof value === 'string' ? [value] : value;
    if (texts.length > 0) answers[key] = texts;
  }
  if (answers.trustedAllow !== undefined || answers.trustedAddress !== undefined) {
    answers.second = ['trusted'];
  } else if (answers.appsHostname !== undefined || answers.appsAddress !== undefined) {
    answers.second = ['apps'];
  }
  return answers;
}

/** Answers from the command line alone, for scripts. */
export function fromFlags(flags: InitFlags, questions: readonly Question[]): FlagAnswers {
  const answers: Answers = { second: ['apps'], tls: ['bridging'], ...answersIn(flags) };
  return { answers, problems: questions.flatMap((question) => judge(question, answers)) };
}

function judge(question: Question, answers: Answers): readonly string[] {
  const { flag, key, form, example } = question;
  if (flag === undefined) return [];
  const texts = answers[key] ?? [];
  const need = question.need(answers);
  if (need.kind === 'useless') return texts.length === 0 ? [] : [`${flag} has no use ${need.because}`];
  if (texts.length > 0) return complaintsOf(question, texts).map((complaint) => `${flag}: ${complaint}`);
  if (need.kind === 'optional') return [];
  const again = form.kind === 'list' || form.kind === 'machines' ? ' (can be given several times)' : '';
  return [`${flag} is missing, such as ${flag} ${example.includes(' ') ? `"${example}"` : example}${again}`];
}
