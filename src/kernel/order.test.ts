import { expect, test } from 'vitest';
import { byCodeUnits, sortedEntries } from './order.ts';

test('order does not depend on the locale', () => {
  expect(['ä', 'z', 'Z', 'a', '10', '9', ''].sort(byCodeUnits)).toEqual(['', '10', '9', 'Z', 'a', 'z', 'ä']);
  expect(byCodeUnits('a', 'a')).toBe(0);
});

test('entries are sorted by key, also those that look like numbers', () => {
  expect(sortedEntries({ b: 1, '10': 2, '9': 3, a: 4 })).toEqual([
    ['10', 2],
    ['9', 3],
    ['a', 4],
    ['b', 1],
  ]);
});
