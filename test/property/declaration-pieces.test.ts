import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDeclaration, type SourceTree } from '../../src/declaration/parse.ts';
import { type PiecesRead, readPieces } from '../../src/declaration/read-pieces.ts';
import type { Path } from '../../src/kernel/path.ts';

/** With everything that can begin in one line and end in another. */
const base = `# who answers for this file
aorta: v1
site: St. Elsewhere
certificates:
  live: { pem: certs/live.pem }

  # the other one
  other:
    pem: "certs/
      other.pem"
hosts: {}
virtualServices:
  a:
    hostnames: [a.example,
      b.example]
    text: |
      one

        # two
    folded: >+
      three

  b: &b
    list:
      - 'it''s'
      - { x: 1, y: [2, 3] }
    plain: one
      two
  c:
  d: 22:22
access:
  - 192.0.2.0/24
ha:
    gateway: 10.0.0.1
    nodes: { n1: {} }
`.split('\n');

const line = fc.oneof(
  fc.constantFrom(
    ...base,
    ...[
      '---',
      '...',
      '%YAML 1.2',
      '# x',
      '',
      '   ',
      '\t',
      '  e: *b',
      '  e: &b 1',
      '  <<: { a: 1 }',
      '"',
      "'",
    ],
    ...[
      '}',
      ']',
      '  ? a',
      '  : b',
      '  - a',
      '  !!str a: b',
      '  __proto__: 1',
      '  "q": 1',
      'virtualServices:',
    ],
    ...[
      '  a: "',
      '  a: {',
      '  a: |2',
      '   x',
      '  site',
      'site: |',
      'hosts: # none',
      'x: "a',
      '  z: b"',
      '  a: >-',
    ],
    ...[
      'virtualServices: { a: 1 }',
      '  é: 1',
      '  1: 2',
      '  true: 2',
      'a: b: c',
      '  a : 1',
      '  a:1',
      '  a: @',
    ],
  ),
  fc.tuple(fc.nat(6), fc.constantFrom(...base)).map(([deep, text]) => `${' '.repeat(deep)}${text.trim()}`),
  fc.string({ unit: fc.constantFrom(...' ab:#"\'{}[],|>&*!-\t?'.split('')) }),
);

const edit = fc.record({
  at: fc.nat(base.length),
  kind: fc.constantFrom('insert', 'replace', 'remove', 'repeat', 'indent'),
  line,
});

const edited = fc.array(edit, { maxLength: 6 }).map((edits) => {
  const lines = [...base];
  for (const { at, kind, line: text } of edits) {
    if (kind === 'insert') lines.splice(at, 0, text);
    else if (kind === 'replace') lines[at] = text;
    else if (kind === 'remove') lines.splice(at, 1);
    else if (kind === 'repeat') lines.splice(at, 0, ...lines.slice(at, at + 3));
    else lines[at] = ` ${lines[at] ?? ''}`;
  }
  return lines.join('\n');
});

test('what is read piece by piece is what the whole says, in the same places', () => {
  let cut = 0;
  fc.assert(
    fc.property(edited, (text) => {
      const pieces = readPieces(text, 0);
      if (pieces === undefined) return;
      cut += 1;
      // So short a text is read as a whole.
      const whole = parseDeclaration(text, 'aorta.yaml');
      if (!whole.ok) throw new Error(`only the whole is refused: ${whole.error[0]?.what}`);
      expect(JSON.stringify(pieces.root)).toBe(JSON.stringify(whole.value.root));
      for (const path of pathsIn(whole.value.root)) expectSamePlace(text, path, pieces, whole.value);
    }),
    { numRuns: 1_000 },
  );
  expect(cut).toBeGreaterThan(100);
});

test('the declaration that the edits begin with is read piece by piece, the second time too', () => {
  const text = base.join('\n');
  const [first, second] = [readPieces(text, 0), readPieces(text.replace('two\n  c:', 'three\n  c:'), 0)];
  expect(first).toBeDefined();
  expect(second?.root).toMatchObject({ virtualServices: { b: { plain: 'one three' } } });
});

test('a mistake anywhere leaves the whole to be read', () => {
  for (const wrong of ['  a: 1', '  e: *b', '  e: *nobody', '  e: !!str x', '  e: "', '  e: {']) {
    expect(readPieces(base.join('\n').replace('  d: 22:22', wrong), 0), wrong).toBeUndefined();
  }
});

/** All paths of a tree, and for each a child that is not there. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  const own = [path, [...path, 'absent'], [...path, 99]];
  if (typeof value !== 'object' || value === null) return own;
  const steps = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [
    ...own,
    ...[...steps].flatMap((step) =>
      pathsIn((value as Readonly<Record<string | number, unknown>>)[step], [...path, step]),
    ),
  ];
}

function expectSamePlace(text: string, path: Path, pieces: PiecesRead, whole: SourceTree): void {
  for (const prefer of [undefined, 'key'] as const) {
    const offset = pieces.offsetOf(path, prefer);
    const before = text.slice(0, offset).split('\n');
    const [line, column] = [before.length, (before.at(-1) ?? '').length + 1];
    expect({ path, line, column }).toMatchObject({
      path,
      line: whole.locate(path, prefer).line,
      column: whole.locate(path, prefer).column,
    });
  }
}
