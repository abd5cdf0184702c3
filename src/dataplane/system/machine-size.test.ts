import { expect, test } from 'vitest';
import { machineSize, readCores } from './machine-size.ts';

test.each([
  ['0', 1],
  ['0-3', 4],
  ['0,2-3,8-15', 11],
])('the cores of %s', (list, cores) => {
  expect(readCores(`Name:\tnode\nCpus_allowed:\tf\nCpus_allowed_list:\t${list}\nMems_allowed:\t1\n`)).toBe(
    cores,
  );
});

test('this machine has some of both', async () => {
  const { cores, memory } = await machineSize();
  expect(cores).toBeGreaterThanOrEqual(1);
  expect(memory).toBeGreaterThan(100_000_000);
  expect(memory).toBeLessThan(Number.POSITIVE_INFINITY);
});
