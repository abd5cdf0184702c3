import { expect, test } from 'vitest';
import { remembered } from './remembered.ts';

test('what can still be changed is looked at each time', () => {
  const sizeOf = remembered((list: readonly number[]) => ({ size: list.length }));
  const list = [1];
  expect(sizeOf(list)).toEqual({ size: 1 });
  list.push(2);
  expect(sizeOf(list)).toEqual({ size: 2 });
});

test('what is frozen is looked at once', () => {
  const copy = remembered((list: readonly number[]) => [...list]);
  const list = Object.freeze([1, 2]);
  expect(copy(list)).toBe(copy(list));
  expect(copy(Object.freeze([1, 2]))).not.toBe(copy(list));
});
