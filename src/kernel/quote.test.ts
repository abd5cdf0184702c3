import { expect, test } from 'vitest';
import { isPlain, quote } from './quote.ts';

test.each([
  ['plain', '"plain"'],
  ['say "x"', '"say \\"x\\""'],
  ['a\nb', '"a\\nb"'],
  ['\u001b[31m', '"\\u001b[31m"'],
  ['\u009b31m', '"\\u009b31m"'],
  ['\u007f', '"\\u007f"'],
  ['inner\u202enet', '"inner\\u202enet"'],
  ['a\u2028b', '"a\\u2028b"'],
  ['\ud800', '"\\ud800"'],
  ['\u{e0041}', '"\\udb40\\udc41"'],
  ['München', '"München"'],
])('%j is shown as %s', (text, shown) => {
  expect(quote(text)).toBe(shown);
});

test('long text is cut', () => {
  expect(quote('x'.repeat(81))).toBe(`"${'x'.repeat(80)}..."`);
});

test('text is repeated as it is only when it is short, visible ASCII', () => {
  expect('aZ ~"'.split('').every(isPlain)).toBe(true);
  for (const text of ['x'.repeat(81), 'a\nb', 'ü', '\u007f', '\u0000']) expect(isPlain(text)).toBe(false);
});
