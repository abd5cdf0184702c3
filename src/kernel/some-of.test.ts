import { expect, test } from 'vitest';
import { someOf } from './some-of.ts';

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a, b'],
  [['a', 'b', 'c'], 'a, b and 1 more'],
])('of %o two are shown: %s', (all, text) => {
  expect(someOf(all, 2)).toBe(text);
});
