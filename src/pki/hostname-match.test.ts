import { expect, test } from 'vitest';
import { coversHostname } from './hostname-match.ts';

test.each<[string, string, boolean]>([
  ['a.example', 'a.example', true],
  ['a.example', 'A.Example', true],
  ['a.example', 'b.a.example', false],
  ['b.a.example', 'a.example', false],
  ['*.a.example', 'b.a.example', true],
  ['*.a.example', 'B.A.example', true],
  ['*.a.example', 'a.example', false],
  ['*.a.example', 'c.b.a.example', false],
  ['*.a.example', '.a.example', false],
  ['b*.a.example', 'bc.a.example', false],
  ['*b.a.example', 'cb.a.example', false],
  ['a.*.example', 'a.b.example', false],
  ['*.*.example', 'a.b.example', false],
  ['*.example', 'a.example', false],
  ['*', 'example', false],
  ['*', 'a.example', false],
  ['*.', 'a.', false],
])('%s covers %s: %s', (name, hostname, expected) => {
  expect(coversHostname({ dnsNames: ['unrelated.test', name] }, hostname)).toBe(expected);
});
