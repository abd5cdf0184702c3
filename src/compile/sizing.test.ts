import { expect, test } from 'vitest';
import { Secret } from '../kernel/secret.ts';
import type { CertificateFacts, KeyFacts } from '../model/certificate-material.ts';
import type { Configuration } from '../model/configuration.ts';
import type { MachineSize } from '../model/machine-size.ts';
import type { Name } from '../model/name.ts';
import { runtimeNowhere } from '../model/node-fixture.ts';
import { compile } from './compile.ts';
import { estate } from './estate-fixture.ts';
import { sizing } from './sizing.ts';

const gibibyte = 1_024 ** 3;

function sized(machine: Partial<MachineSize> = {}, configuration: Configuration = estate) {
  const ir = compile(configuration, { runtime: runtimeNowhere });
  return sizing(configuration, ir, { cores: 4, memory: 8 * gibibyte, ...machine });
}

/** The estate with one certificate of such a key. */
function withKey(key: KeyFacts): Configuration {
  const facts = { key } as CertificateFacts;
  const material = { chain: [], key: new Secret(''), facts, issuers: [] };
  return { ...estate, certificates: [{ name: 'live' as Name, path: [], material }] };
}

test('what follows from the declaration is the same on every machine', () => {
  const [small, large] = [sized({ cores: 2 }), sized({ cores: 16, memory: 64 * gibibyte })];
  expect(small.maxConnections).toBe(large.maxConnections);
  expect(small.descriptors).toBe(large.descriptors);
  expect(small.memory.needed).toBe(large.memory.needed);
  expect(small.descriptors).toBeGreaterThan(2 * small.maxConnections);
});

test('there is a thread for each core, up to what one group of threads takes', () => {
  expect([1, 2, 16, 64, 96].map((cores) => sized({ cores }).threads)).toEqual([1, 2, 16, 64, 64]);
});

test('a machine with more cores bears more, less what health checks and threads take', () => {
  const [one, two, four] = [1, 2, 4].map((cores) => sized({ cores }).requestsPerSecond);
  expect(one).toBeCloseTo((1 - sized().healthChecks) * (1e6 / 45), -1);
  expect((two ?? 0) / (one ?? 0)).toBeCloseTo(2 / 1.1, 2);
  expect((four ?? 0) / (two ?? 0)).toBeCloseTo(2, 1);
});

test('the dearest key decides about new connections, and none is needed without TLS', () => {
  expect(sized()).not.toHaveProperty('newPerSecond');
  const perSecond = (key: KeyFacts) => sized({}, withKey(key)).newPerSecond ?? 0;
  const rsa = perSecond({ kind: 'rsa', bits: 2_048 });
  expect(perSecond({ kind: 'ec', curve: 'P-256' })).toBeGreaterThan(rsa);
  expect(rsa / perSecond({ kind: 'rsa', bits: 3_072 })).toBeCloseTo(3.3, 2);
  expect(rsa / perSecond({ kind: 'rsa', bits: 4_096 })).toBeCloseTo((6 + 7) / 2, 2);
  const certificates = [
    ...withKey({ kind: 'ec', curve: 'P-256' }).certificates,
    ...withKey({ kind: 'rsa', bits: 4_096 }).certificates,
  ];
  expect(sized({}, { ...estate, certificates }).key).toEqual({ kind: 'rsa', bits: 4_096 });
});

test('the memory is that of its parts, and where it is short there is room for fewer connections', () => {
  const { memory } = sized();
  const { connections, buffers, tlsSessions, process, others } = memory;
  expect(connections + buffers + tlsSessions + process + others).toBe(memory.needed);
  expect(memory.room).toBeGreaterThan(1);
  const short = sized({ memory: memory.needed - (connections + buffers) / 2 });
  expect(short.memory.room).toBeCloseTo(0.5, 5);
  expect(sized({ memory: 100 }).memory.room).toBe(0);
});
