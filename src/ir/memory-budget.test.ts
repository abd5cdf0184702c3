import { expect, test } from 'vitest';
import { memoryBudget } from './memory-budget.ts';

const size = {
  name: 'live',
  connections: 1_000,
  hops: 0,
  tlsToClients: false,
  tlsToServers: false,
  stickEntries: 0,
};
/** Two for each connection, in KiB. */
const descriptors = 0.125;
const kibibytes = (sizes: Parameters<typeof memoryBudget>[0]) =>
  memoryBudget(sizes).services.map(({ bytes }) => bytes / 1_024 / 1_000);

test('TLS on each side and a table have their price', () => {
  const offload = { ...size, tlsToClients: true };
  expect(
    kibibytes([size, offload, { ...offload, tlsToServers: true }, { ...size, stickEntries: 4_000 }]),
  ).toEqual([104, 136, 200, 105].map((each) => each + descriptors));
  expect(kibibytes([{ ...size, hops: 1_000 }])).toEqual([152 + 2 * descriptors]);
});

test('the sum is that of its lines', () => {
  const { bytes, process, services } = memoryBudget([size, { ...size, name: 'other', tlsToClients: true }]);
  const lines = [...process, ...services.flatMap((one) => one.lines)];
  expect(lines.every((line) => line.bytes === line.count * line.each && line.source !== '')).toBe(true);
  expect(lines.reduce((sum, line) => sum + line.bytes, 0)).toBe(bytes);
});

test('idle connections have no buffers, no servers and no hops under way', () => {
  const offload = { ...size, connections: 50_000, tlsToClients: true };
  const idle = (one: typeof size) => {
    const { idle: bytes, process } = memoryBudget([one]);
    return (bytes - process.reduce((sum, line) => sum + line.bytes, 0)) / 50_000 / 1_024;
  };
  expect(idle(offload)).toBe(32 + descriptors);
  expect(idle({ ...offload, tlsToServers: true, hops: 50_000 })).toBe(32 + 2 * descriptors);
  expect(idle({ ...offload, tlsToClients: false })).toBe(8 + descriptors);
});
