import { expect, test } from 'vitest';
import { deepFreeze } from './freeze.ts';
import { Secret } from './secret.ts';

test('everything below is frozen, instances of classes are left alone', () => {
  const bytes = Buffer.from('x');
  const secret = new Secret('x');
  const tree = deepFreeze({ list: [{ deep: { value: 1 } }], bytes, secret, none: undefined, nothing: null });
  expect(() => {
    (tree.list as unknown[]).push(1);
  }).toThrow(TypeError);
  expect(() => {
    (tree.list[0] as { deep: { value: number } }).deep.value = 2;
  }).toThrow(TypeError);
  bytes[0] = 0x79;
  expect(bytes.toString()).toBe('y');
  expect(secret.reveal()).toBe('x');
});

test('a tree that leads back to itself is frozen too', () => {
  const tree: { self?: unknown } = {};
  tree.self = tree;
  expect(Object.isFrozen(deepFreeze(tree))).toBe(true);
});
