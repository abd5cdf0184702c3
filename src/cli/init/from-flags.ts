import type { Answers, Key, Question } from './questions.ts';

/** The options of the command line, as commander names them. */
export type InitFlags = Readonly<
  Partial<Record<Exclude<Key, 'second'>, string | readonly string[] | undefined>>
>;

export interface FlagAnswers {
  readonly answers: Answers;
  /** What is missing or wrong, one line each, all at once. */
  readonly problems: readonly string[];
}

/** Texts as given, with the answers that follow from them. */
export function textsOf(flags: InitFlags): Answers {
  const texts: Partial<Record<Key, readonly string[]>> = {};
  for (const [key, value] of Object.entries(flags) as [
    Exclude<Key, 'second'>,
    InitFlags[keyof InitFlags],
  ][]) {
    const all = value === undefined ? [] : typeof value === 'string' ? [value] : value;
    if (all.length > 0) texts[key] = all;
  }
  if (texts.trustedAllow !== undefined || texts.trustedAddress !== undefined) texts.second = ['trusted'];
  else if (texts.appsHostname !== undefined || texts.appsAddress !== undefined) texts.second = ['apps'];
  return texts;
}

/** Answers from the command line alone, for scripts. */
export function fromFlags(flags: InitFlags, questions: readonly Question[]): FlagAnswers {
  const answers: Answers = { second: ['apps'], tls: ['bridging'], ...textsOf(flags) };
  const problems = questions.flatMap((question) => judge(question, answers));
  return { answers, problems };
}

function judge(question: Question, answers: Answers): string[] {
  const { flag, key } = question;
  if (flag === undefined) return [];
  const texts = answers[key] ?? [];
  const need = question.need(answers);
  if (need.kind === 'useless') return texts.length === 0 ? [] : [`${flag} has no use ${need.because}`];
  if (texts.length === 0) {
    const again = question.form.kind === 'list' ? ' (can be given several times)' : '';
    return need.kind === 'required'
      ? [`${flag} is missing, such as ${flag} ${quoted(question.example)}${again}`]
      : [];
  }
  return complaintsOf(question, texts).map((complaint) => `${flag}: ${complaint}`);
}

/** Everything that is wrong with the texts of one answer. */
export function complaintsOf(question: Question, texts: readonly string[]): readonly string[] {
  return [...texts.map((text) => question.complain(text)), question.complainOfAll?.(texts)].filter(
    (complaint) => complaint !== undefined,
  );
}

/** As a shell reads it. */
function quoted(example: string): string {
  return example.includes(' ') ? `"${example}"` : example;
}
