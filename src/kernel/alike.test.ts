import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alike } from './alike.ts';
import { Secret } from './secret.ts';

const tree = fc.object({ key: fc.constantFrom('a', 'b', 'c'), maxDepth: 3 });

test('trees are alike when a strict comparison finds no difference', () => {
  fc.assert(
    fc.property(tree, tree, (a, b) => {
      expect(alike(a, structuredClone(a))).toBe(true);
      expect(alike(a, b)).toBe(equals(a, b));
    }),
  );
});

test('an absent key is not the same as undefined, and a list not the same as an object', () => {
  expect(alike({ a: undefined }, {})).toBe(false);
  expect(alike({ a: undefined }, { b: undefined })).toBe(false);
  expect(alike([], {})).toBe(false);
  expect(alike({ 0: 'x' }, ['x'])).toBe(false);
  expect(alike(null, {})).toBe(false);
});

test('secrets are alike by what they hold, anything else that is not plain only by being one', () => {
  expect(alike({ a: new Secret('x') }, { a: new Secret('x') })).toBe(true);
  expect(alike({ a: new Secret('x') }, { a: new Secret('y') })).toBe(false);
  expect(alike(new Secret('x'), 'x')).toBe(false);
  const bytes = Buffer.from('x');
  expect(alike(bytes, bytes)).toBe(true);
  expect(alike(bytes, Buffer.from('x'))).toBe(false);
  expect(alike(new Map(), new Map())).toBe(false);
});

function equals(a: unknown, b: unknown): boolean {
  try {
    expect(a).toStrictEqual(b);
    return true;
  } catch {
    return false;
  }
}
