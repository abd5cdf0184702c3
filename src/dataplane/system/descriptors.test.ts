import { expect, test } from 'vitest';
import { descriptorLimit, readLimit } from './descriptors.ts';

const limits =
  'Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 4096                 files\n';

test('the hard limit counts, unless it may be raised', () => {
  expect(readLimit(limits, 'CapEff:\t0000000000000000\n', 1_000_000)).toBe(4096);
  expect(readLimit(limits, 'CapEff:\t0000000001000000\n', 1_000_000)).toBe(1_000_000);
  expect(readLimit(limits.replace('4096', 'unlimited'), 'CapEff:\t0\n', 1_000_000)).toBe(1_000_000);
});

test('this machine has a limit', async () => {
  expect(await descriptorLimit()).toBeGreaterThan(100);
});
