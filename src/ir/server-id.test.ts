import { expect, test } from 'vitest';
import { serverId } from './server-id.ts';

test('ids are what HAProxy takes, the same for ever, and differ', () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => serverId(`api-${index}`));
  for (const id of ids) expect(Number.isInteger(id) && id > 0 && id < 2 ** 31).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  // A table that an earlier controller filled must still be understood.
  expect(serverId('api-1')).toBe(2_038_504_308);
});
