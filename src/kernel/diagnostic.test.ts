import { describe, expect, test } from 'vitest';
import { codes } from './codes.ts';
import { type Diagnostic, formatDiagnostic, hasErrors, sortDiagnostics } from './diagnostic.ts';

function diagnostic(change: Partial<Diagnostic> = {}): Diagnostic {
  const location = { file: 'aorta.yaml', line: 12, column: 7 };
  return {
    code: 'unknown-key',
    severity: 'error',
    path: ['a', 0],
    location,
    what: 'what',
    mend: 'mend',
    ...change,
  };
}

describe('a finding', () => {
  test('is one line with place, severity, code, what, where, why and how to mend', () => {
    expect(formatDiagnostic(diagnostic({ why: 'why' }))).toBe(
      'aorta.yaml:12:7 error unknown-key: what (a[0]); why; mend',
    );
  });

  test('about the whole file names no path', () => {
    expect(formatDiagnostic(diagnostic({ path: [] }))).toBe('aorta.yaml:12:7 error unknown-key: what; mend');
  });

  test('without a place in a file is placed by its path', () => {
    const { location: _none, ...rest } = diagnostic();
    expect(formatDiagnostic(rest)).toBe('a[0] error unknown-key: what; mend');
    expect(formatDiagnostic({ ...rest, path: [] })).toBe('declaration error unknown-key: what; mend');
  });
});

test('findings are in the order of the file, errors first at one place, and sorting changes nothing given', () => {
  const at = (line: number, column: number, severity: Diagnostic['severity'], what = 'x') =>
    diagnostic({ location: { file: 'f', line, column }, severity, what });
  const inOrder = [
    at(1, 9, 'warning'),
    at(2, 1, 'error', 'a'),
    at(2, 1, 'error', 'b'),
    at(2, 1, 'warning'),
    at(2, 1, 'advice'),
    at(10, 1, 'error'),
  ];
  const given = [...inOrder].reverse();
  const before = [...given];
  expect(sortDiagnostics(given)).toEqual(inOrder);
  expect(given).toEqual(before);
});

test('only errors refuse', () => {
  expect(hasErrors([diagnostic({ severity: 'warning' }), diagnostic({ severity: 'advice' })])).toBe(false);
  expect(hasErrors([diagnostic({ severity: 'warning' }), diagnostic()])).toBe(true);
});

test.each(Object.entries(codes))('the code %s is a kebab-case word with whole sentences', (code, entry) => {
  expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  expect(entry.meaning).toMatch(/^[A-Z`].*\.$/s);
});
