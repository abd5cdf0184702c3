/**
 * Bad declarations as data. A file of cases is read line by line; the first two characters of a line say what it is:
 *
 *     @ spelled    the good declaration that the cases below change
 *     == name      a case
 *     - text       lines of the good declaration, which must be there exactly once,
 *     + text       and what stands in their place
 *     | text       a line of a whole declaration, where nothing good is left to change
 *     > 12:7 unknown-key did you mean
 *                  an error that must be found there, and words of it; all errors must be listed
 *
 * In the text of a declaration `{U+0007}` stands for a character, and `{3 x abc}` for `abcabcabc`.
 */
export interface Case {
  readonly name: string;
  readonly text: string;
  readonly expected: readonly Expected[];
}

export interface Expected {
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly words: string;
}

interface Draft {
  readonly name: string;
  readonly base: string;
  readonly changes: { readonly from: string[]; readonly to: string[] }[];
  readonly whole: string[];
  readonly expected: Expected[];
}

/** @param bases the good declarations by name */
export function readCases(content: string, bases: ReadonlyMap<string, string>): Case[] {
  let base = '';
  const drafts: Draft[] = [];
  for (const [index, line] of content.split('\n').entries()) {
    const fail = (what: string) => new Error(`line ${index + 1}: ${what}: ${line}`);
    const [mark, rest] = [line.slice(0, 2).trimEnd(), line.slice(mark2(line))];
    const draft = drafts.at(-1);
    if (line === '' || mark === '#') continue;
    if (mark === '@') {
      const found = bases.get(rest);
      if (found === undefined) throw fail('no such base');
      base = found;
    } else if (mark === '==') {
      drafts.push({ name: rest, base, changes: [], whole: [], expected: [] });
    } else if (draft === undefined) {
      throw fail('no case has begun');
    } else if (mark === '-') {
      const open = draft.changes.at(-1);
      if (open === undefined || open.to.length > 0) draft.changes.push({ from: [rest], to: [] });
      else open.from.push(rest);
    } else if (mark === '+') {
      const open = draft.changes.at(-1);
      if (open === undefined) throw fail('nothing to replace');
      open.to.push(rest);
    } else if (mark === '|') {
      draft.whole.push(rest);
    } else if (mark === '>') {
      const match = /^(\d+):(\d+) (\S+) (.+)$/.exec(rest);
      if (match === null) throw fail('not an expectation');
      const [, row, column, code = '', words = ''] = match;
      draft.expected.push({ line: Number(row), column: Number(column), code, words });
    } else {
      throw fail('an unknown mark');
    }
  }
  return drafts.map((draft) => ({ name: draft.name, text: textOf(draft), expected: draft.expected }));
}

function mark2(line: string): number {
  return line.startsWith('== ') ? 3 : 2;
}

function textOf({ name, base, changes, whole }: Draft): string {
  if (whole.length > 0) return `${whole.map(unfold).join('\n')}\n`;
  let text = base;
  for (const { from, to } of changes) {
    const old = `${from.join('\n')}\n`;
    const parts = `\n${text}`.split(`\n${old}`);
    const [before, after] = parts;
    if (parts.length !== 2 || before === undefined || after === undefined) {
      throw new Error(`${name}: ${parts.length - 1} times in the good declaration: ${old}`);
    }
    text = `${before}\n${to.map((line) => `${unfold(line)}\n`).join('')}${after}`.slice(1);
  }
  return text;
}

/** The innermost repetition first, so that repetitions can be nested. */
function unfold(line: string): string {
  const plain = line.replaceAll(/\{U\+([0-9A-F]{4,6})\}/g, (_all, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  );
  const repetition = /\{(\d+) x ([^{}]*)\}/;
  let text = plain;
  for (let match = repetition.exec(text); match !== null; match = repetition.exec(text)) {
    text = text.replace(match[0], () => (match?.[2] ?? '').repeat(Number(match?.[1])));
  }
  return text;
}
