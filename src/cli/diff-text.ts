import type { Colors } from './context.ts';

/** Everything that could steer a terminal; a declaration may hold it in a comment. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

/** Text for a terminal: what could steer it is shown as `\x1b`. */
export function visible(text: string): string {
  return text.replaceAll(steering, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** A unified difference for people. */
export function diffText(diff: string, colors: Colors): string {
  return visible(diff)
    .split('\n')
    .map((line) => paint(line, colors))
    .join('\n');
}

function paint(line: string, colors: Colors): string {
  if (line.startsWith('+++') || line.startsWith('---')) return colors.bold(line);
  if (line.startsWith('@@')) return colors.cyan(line);
  if (line.startsWith('+')) return colors.green(line);
  if (line.startsWith('-')) return colors.red(line);
  return line;
}
