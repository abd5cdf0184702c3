import type { z } from 'zod';

/** What to ask a person for a first declaration, and how that declaration then looks. */
export interface Starter {
  /** In the order in which they are asked: a question may depend on the answers before it. */
  readonly questions: readonly Question[];
  outline(answers: Answers): readonly OutlinePart[];
}

/** Texts as a person gave them, by the key of the question: one for most questions, several for lists. */
export type Answers = Readonly<Partial<Record<string, readonly string[]>>>;

export interface Question {
  readonly key: string;
  /** How the command line calls the answer; absent when it follows from other answers. */
  readonly flag?: string;
  readonly ask: string;
  readonly example: string;
  readonly form: Form;
  need(answers: Answers): Need;
}

export type Form =
  | { readonly kind: 'text'; readonly schema: z.ZodType }
  | { readonly kind: 'list'; readonly schema: z.ZodType }
  /** A list of `name=address`. */
  | { readonly kind: 'machines' }
  | { readonly kind: 'choice'; readonly schema: z.ZodType; readonly choices: readonly Choice[] };

export interface Choice {
  readonly value: string;
  readonly hint: string;
}

/** Whether a question belongs to what was answered before it. */
export type Need =
  | { readonly kind: 'required' }
  | { readonly kind: 'optional' }
  /** In words for people: `with --tls offload`. */
  | { readonly kind: 'useless'; readonly because: string };

/** A piece of the text of a declaration, from top to bottom. */
export type OutlinePart =
  | { readonly kind: 'blank' }
  /** For people; constant, never a text of theirs. */
  | { readonly kind: 'comment'; readonly depth: number; readonly text: string }
  /** A key whose value follows, one level deeper. */
  | { readonly kind: 'open'; readonly depth: number; readonly key: string }
  /** Keys whose values stand in one column. */
  | { readonly kind: 'entries'; readonly depth: number; readonly entries: Readonly<Record<string, unknown>> };

/** `name=address` apart; undefined when there is no `=`. */
export function splitMachine(text: string): { readonly name: string; readonly address: string } | undefined {
  const at = text.indexOf('=');
  return at < 0 ? undefined : { name: text.slice(0, at), address: text.slice(at + 1) };
}
