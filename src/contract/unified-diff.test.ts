import { expect, test } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const named = (name: string, text: string) => ({ name, text });

test('equal texts do not differ, whatever they are called', () => {
  expect(unifiedDiff(named('a', 'x\n'), named('b', 'x\n'))).toBe('');
});

test('what differs, with its surroundings', () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
  const before = lines.join('');
  const after = lines.with(10, 'changed\n').join('');
  expect(unifiedDiff(named('old', before), named('new', after))).toBe(
    [
      '--- old',
      '+++ new',
      '@@ -8,7 +8,7 @@',
      ' line 7',
      ' line 8',
      ' line 9',
      '-line 10',
      '+changed',
      ' line 11',
      ' line 12',
      ' line 13',
      '',
    ].join('\n'),
  );
});

test('an end without a line break is a difference', () => {
  expect(unifiedDiff(named('a', 'x\n'), named('b', 'x'))).toContain('\\ No newline at end of file');
});

test('too many differences are not computed', () => {
  const text = (word: string) => Array.from({ length: 20_000 }, (_, index) => `${word} ${index}\n`).join('');
  const began = performance.now();
  expect(unifiedDiff(named('a', text('one')), named('b', text('two')))).toBe(
    '--- a\n+++ b\n@@ more than 2000 lines differ: not shown @@\n',
  );
  // Without the limit this takes minutes.
  expect(performance.now() - began).toBeLessThan(20_000);
});
