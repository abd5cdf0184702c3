import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** A text, and what the head of a difference calls it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** With more lines that differ a comparison takes seconds (measured), and nobody reads it. */
const mostEdits = 2_000;

/** What differs, as a unified difference; empty when nothing does. */
export function unifiedDiff(before: NamedText, after: NamedText): string {
  if (before.text === after.text) return '';
  const patch = createTwoFilesPatch(before.name, after.name, before.text, after.text, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
    maxEditLength: mostEdits,
  });
  return (
    patch ?? `--- ${before.name}\n+++ ${after.name}\n@@ more than ${mostEdits} lines differ: not shown @@\n`
  );
}
