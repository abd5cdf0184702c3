import { type CodeEntry, codes, type Responsibility } from '../../src/kernel/codes.ts';
import { anchor, code, pageHead, table } from './markdown.ts';

const turns = {
  user: ['Your turn', 'Something in the declaration or in a file that it names.'],
  environment: ['The machine’s turn', 'Something on this machine: a file, a port, a program.'],
  dataplane: ['HAProxy’s turn', 'HAProxy did not do what was asked. What ran before goes on.'],
  bug: ['Our turn', 'A mistake of Aorta itself. Please report it.'],
} as const satisfies Record<Responsibility, readonly [string, string]>;

/** Every code of a finding or refusal. */
export function findingsPage(): string {
  const entries = Object.entries<CodeEntry>(codes);
  return [
    ...pageHead(
      'Findings and refusals',
      'Every finding has a code. It stands after the severity: `aorta.yaml:12:7 error unknown-key: ...`, and in `code` with `--json`. Codes are stable; the wording is not.',
    ),
    '- **error**: the declaration is refused, and what runs is not touched.',
    '- **warning**: it is accepted, and the warning is shown every time.',
    '- **advice**: a cheaper or safer way, with its measured price where there is one.',
    '',
    'A declaration that is refused exits with 2, whoever’s turn it is. What the machine or HAProxy refuses while a declaration is put into service exits with 1.',
    '',
    'The finding itself says what is wrong in your file and how to mend it. This page says what a code means.',
    '',
    ...Object.entries(turns).flatMap(([turn, [title, about]]) => {
      const own = entries.filter(([, { responsibility }]) => responsibility === turn);
      if (own.length === 0) return [];
      return [
        `## ${title}`,
        '',
        about,
        '',
        ...table(
          ['Code', 'Meaning'],
          own.map(([name, { meaning }]) => [`${anchor(name)}${code(name)}`, meaning]),
        ),
      ];
    }),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}
