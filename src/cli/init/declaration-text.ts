import { Document } from 'yaml';
import type { OutlinePart } from '../../blueprints/starter.ts';

/** Longest line that people read without scrolling. */
const widest = 110;

/**
 * The text of a declaration. Layout and comments are ours; every value is written by the YAML library, so that
 * no answer can become anything but a value.
 */
export function declarationText(outline: readonly OutlinePart[]): string {
  return `${outline.flatMap(linesOf).join('\n')}\n`;
}

function linesOf(part: OutlinePart): string[] {
  switch (part.kind) {
    case 'blank':
      return [''];
    case 'comment':
      return [`${indentOf(part.depth)}# ${part.text}`];
    case 'open':
      return [`${indentOf(part.depth)}${part.key}:`];
    case 'entries':
      return entryLines(indentOf(part.depth), Object.entries(part.entries));
  }
}

function indentOf(depth: number): string {
  return '  '.repeat(depth);
}

/** `key: value` lines, values in one column. A value too long for its line goes below its key. */
function entryLines(indent: string, entries: readonly (readonly [string, unknown])[]): string[] {
  const longest = Math.max(...entries.map(([key]) => key.length));
  return entries.flatMap(([key, value]) => {
    const line = `${indent}${`${key}:`.padEnd(longest + 1)} ${written(value, true)}`;
    if (line.length <= widest || typeof value === 'string') return [line];
    const below = written(value, false).split('\n');
    return [`${indent}${key}:`, ...below.map((text) => `${indent}  ${text}`)];
  });
}

function written(value: unknown, flow: boolean): string {
  const text = new Document(value, { flow }).toString({ lineWidth: 0, blockQuote: false });
  // Only the line end: a no-break space at the end of a value is a part of it.
  return text.replace(/\n$/, '');
}
