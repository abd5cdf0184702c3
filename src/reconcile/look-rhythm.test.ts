import { expect, test } from 'vitest';
import { untilNextLook } from './look-rhythm.ts';

test.each([
  ['some servers', 5, 1_000],
  ['some hundred', 60, 1_000],
  ['thousands', 300, 5_000],
  ['a HAProxy that hangs', 2_500, 10_000],
])('%s: a look of %i ms is followed by another one after %i', (_what, took, next) => {
  expect(untilNextLook(took)).toBe(next);
});
