import { expect, test } from 'vitest';
import { availableMemory, limitFiles, readMemory } from './memory.ts';

const meminfo = 'MemTotal:       4000000 kB\nMemFree:          10000 kB\nMemAvailable:    1000000 kB\n';

test('the least of what is available and of every limit counts', () => {
  expect(readMemory('MemAvailable', meminfo, [])).toBe(1_024_000_000);
  expect(readMemory('MemTotal', meminfo, [])).toBe(4_096_000_000);
  expect(readMemory('MemAvailable', meminfo, ['max\n', '9223372036854771712\n'])).toBe(1_024_000_000);
  expect(readMemory('MemAvailable', meminfo, ['max\n', '536870912\n', '805306368\n'])).toBe(536_870_912);
});

test('without anything to read there is no limit', () => {
  expect(readMemory('MemAvailable', '', [])).toBe(Number.POSITIVE_INFINITY);
});

test('limits are looked for in the group and in all above it, in both versions', () => {
  expect(limitFiles('0::/system.slice/aorta.service\n')).toEqual([
    '/sys/fs/cgroup/system.slice/aorta.service/memory.max',
    '/sys/fs/cgroup/system.slice/memory.max',
    '/sys/fs/cgroup/memory.max',
  ]);
  expect(limitFiles('5:cpu,cpuacct:/a\n4:memory:/a\n')).toEqual([
    '/sys/fs/cgroup/memory/a/memory.limit_in_bytes',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes',
  ]);
});

test('this machine has some memory', async () => {
  const bytes = await availableMemory();
  expect(bytes).toBeGreaterThan(1_000_000);
  expect(bytes).toBeLessThan(Number.POSITIVE_INFINITY);
});
