import { expect, test } from 'vitest';
import { availableMemory, limitFiles, memoryNeeded, readAvailable } from './memory.ts';

const meminfo = 'MemTotal:       4000000 kB\nMemFree:          10000 kB\nMemAvailable:    1000000 kB\n';

test('the least of what is available and of every limit counts', () => {
  expect(readAvailable(meminfo, [])).toBe(1_024_000_000);
  expect(readAvailable(meminfo, ['max\n', '9223372036854771712\n'])).toBe(1_024_000_000);
  expect(readAvailable(meminfo, ['max\n', '536870912\n', '805306368\n'])).toBe(536_870_912);
});

test('without anything to read there is no limit', () => {
  expect(readAvailable('', [])).toBe(Number.POSITIVE_INFINITY);
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

test('TLS on each side has its price', () => {
  const size = { connections: 1_000, hops: 0, tlsToClients: false, tlsToServers: false };
  const plain = memoryNeeded(size);
  const offload = memoryNeeded({ ...size, tlsToClients: true });
  const bridging = memoryNeeded({ ...size, tlsToClients: true, tlsToServers: true });
  expect([plain, offload, bridging].map((bytes) => bytes / 1_024 / 1_000)).toEqual([34, 66, 98]);
  const writing = memoryNeeded({ ...size, hops: 1_000, tlsToClients: true, tlsToServers: true });
  expect(writing / 1_024 / 1_000).toBe(98 + 34);
});

test('this machine has some memory', async () => {
  const bytes = await availableMemory();
  expect(bytes).toBeGreaterThan(1_000_000);
  expect(bytes).toBeLessThan(Number.POSITIVE_INFINITY);
});
