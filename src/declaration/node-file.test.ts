import { expect, test } from 'vitest';
import { formatDiagnostic } from '../kernel/diagnostic.ts';
import { readNodeFile } from './node-file.ts';

// Guards: every mistake in a node file is found at its place, as in a declaration.

test.each([
  ['node: lb-a\ninterface: front\n', { name: 'lb-a', interface: 'front' }],
  [
    '# The first.\ninterface: eth0.120\nserverInterface: bond_1\nnode: lb-1\n',
    { name: 'lb-1', interface: 'eth0.120', serverInterface: 'bond_1' },
  ],
])('%j is read', (text, expected) => {
  expect(readNodeFile(text, 'node.yaml')).toEqual({ ok: true, value: { identity: expected } });
});

const apiOf = (text: string) => {
  const read = readNodeFile(text, 'node.yaml');
  return read.ok ? read.value.api : read.error;
};

test('the API has an address, the default port and a directory of keys', () => {
  expect(apiOf('node: lb-a\ninterface: front\napi: { address: 10.20.1.2 }\nkeys: keys\n')).toEqual({
    node: 'lb-a',
    address: '10.20.1.2',
    port: 7443,
    keys: { kind: 'directory', directory: 'keys' },
  });
});

test('each file of keys by itself, and no part in a pair without an interface', () => {
  const keys = 'keys: { authority: a.pem, certificate: b.pem, key: c.pem }';
  const text = `node: lb-a\napi: { address: "2001:db8::2", port: 9 }\n${keys}\n`;
  expect(apiOf(text)).toMatchObject({
    address: '2001:db8::2',
    port: 9,
    keys: { kind: 'files', authority: 'a.pem', certificate: 'b.pem', key: 'c.pem' },
  });
  expect(readNodeFile(text, 'node.yaml')).toMatchObject({
    value: expect.not.objectContaining({ identity: expect.anything() }),
  });
});

test('without `api` the controller does not listen, and the keys are for HAProxy', () => {
  const text = 'node: lb-a\nkeys: keys\n';
  expect(apiOf(text)).toBeUndefined();
  expect(readNodeFile(text, 'node.yaml')).toMatchObject({
    value: { keys: { node: 'lb-a', keys: { kind: 'directory', directory: 'keys' } } },
  });
});

const storeOf = (text: string) => {
  const read = readNodeFile(text, 'node.yaml');
  return read.ok ? read.value.store : read.error;
};

test('a store is members of etcd and a seal, beside the keys or by itself; or a file', () => {
  const etcd = 'store: { etcd: ["https://10.20.1.2:2379", "https://[2001:db8::2]:2379"] }';
  expect(storeOf(`node: lb-a\nkeys: keys\n${etcd}\n`)).toEqual({
    node: 'lb-a',
    store: { kind: 'etcd', members: ['https://10.20.1.2:2379', 'https://[2001:db8::2]:2379'] },
    keys: { kind: 'directory', directory: 'keys' },
    sealKey: 'keys/store.seal',
  });
  for (const member of ['http://127.0.0.1:2379', 'http://[::1]:2379', 'http://localhost:2379']) {
    const text = `node: lb-a\nstore: { etcd: ["${member}"], sealKey: s }\n`;
    expect(storeOf(text)).toMatchObject({ store: { members: [member] }, sealKey: 's' });
  }
  expect(storeOf('node: lb-a\nstore: { file: shared.db, sealKey: s }\n')).toMatchObject({
    store: { kind: 'file', file: 'shared.db' },
  });
  expect(storeOf('node: lb-a\n')).toBeUndefined();
});

const hint = 'write `node: NAME` and `interface: NAME`';
const asShown = 'write it as `ip -brief link` shows it, without `@` and what follows';

test.each([
  ['', `1:1 error file-empty: the file is empty; ${hint}`],
  ['# nothing\n', `1:1 error file-empty: the file is empty; ${hint}`],
  ['node: [\n', '1:7 error yaml-syntax: this bracket is not closed; close it'],
  ['- lb-a\n', '1:1 error wrong-type: expected a mapping, found a list'],
  ['node: lb-a\napi: { address: 10.20.1.2 }\n', '2:1 error missing-key: "keys" is missing (api)'],
  ['node: lb-a\napi: { adress: 10.20.1.2 }\nkeys: k\n', '2:8 error unknown-key: unknown key "adress"'],
  ['node: lb-a\napi: { address: 0.0.0.0 }\nkeys: k\n', '2:17 error invalid-value'],
  ['node: lb-a\napi: { address: 10.0.0.1, port: 0 }\nkeys: k\n', '2:33 error invalid-value'],
  ['node: lb-a\napi: { address: 10.0.0.1 }\nkeys: { authority: a }\n', '3:1 error invalid-value'],
  ['node: lb-a\napi: { address: 10.0.0.1 }\nkeys: { keys: a }\n', '3:9 error unknown-key'],
  ['node: lb-a\napi: { address: 10.0.0.1 }\nkeys: 7\n', '3:7 error wrong-type'],
  [
    'node: lb-a\nstore: { etcd: ["https://10.20.1.2:2379"] }\n',
    '2:1 error missing-key: "keys" is missing (store)',
  ],
  ['node: lb-a\nstore: { file: f }\n', '2:1 error missing-key: "sealKey" is missing (store)'],
  ['node: lb-a\nkeys: k\nstore: { etcd: ["http://10.20.1.2:2379"] }\n', '3:17 error invalid-value'],
  ['node: lb-a\nkeys: k\nstore: { etcd: [10.20.1.2] }\n', '3:17 error invalid-value'],
  ['node: lb-a\nkeys: k\nstore: { etcd: [] }\n', '3:10 error invalid-value'],
  ['node: lb-a\nkeys: k\nstore: { sealKey: s }\n', '3:1 error invalid-value'],
  ['node: lb-a\nkeys: k\nstore: { etcd: ["https://a:1"], file: f }\n', '3:1 error invalid-value'],
  ['interface: front\n', '1:1 error missing-key: "node" is missing'],
  ['node: LB\ninterface: front\n', '1:7 error invalid-value: "LB" is not a name (node)'],
  ['node: 7\ninterface: front\n', '1:7 error wrong-type: expected text, found a number (node)'],
  ['node: lb-a\ninterfaces: front\n', '2:1 error unknown-key: unknown key "interfaces" (interfaces)'],
  [
    'node: lb-a\ninterface: eth0@if3\n',
    `2:12 error invalid-value: "eth0@if3" is not the name of an interface (interface); ${asShown}`,
  ],
  [
    'node: lb-a\ninterface: a-name-too-long-\n',
    '2:12 error invalid-value: "a-name-too-long-" is not the name',
  ],
  ['node: lb-a\ninterface: "a b"\n', '2:12 error invalid-value: "a b" is not the name of an interface'],
  ['node: lb-a\ninterface: "x\\n}"\n', '2:12 error invalid-value: text of 3 characters is not the name'],
  ['node: lb-a\ninterface: lo\n', '2:12 error invalid-value: "lo" is the loopback interface (interface)'],
  [
    'node: lb-a\ninterface: front\nserverInterface: front\n',
    '3:18 error invalid-value: "front" is `interface` already (serverInterface); leave it out when there is one only',
  ],
])('%j is refused', (text, expected) => {
  const read = readNodeFile(text, 'node.yaml');
  const found = read.ok ? [] : read.error.map(formatDiagnostic);
  expect(found).toContainEqual(expect.stringContaining(`node.yaml:${expected}`));
});

test('all findings are reported, in the order of the file', () => {
  const read = readNodeFile('interface: lo\nnode: LB\nx: 1\n', 'node.yaml');
  expect(read.ok ? [] : read.error.map(({ location, code }) => `${location?.line} ${code}`)).toEqual([
    '1 invalid-value',
    '2 invalid-value',
    '3 unknown-key',
  ]);
});

const metricsOf = (text: string) => {
  const read = readNodeFile(text, 'node.yaml');
  return read.ok ? read.value.metrics : read.error.map(formatDiagnostic).join('\n');
};

test('metrics have an address, the default port, and those who may ask; no keys and no pair', () => {
  expect(metricsOf('node: lb-a\nmetrics: { address: 10.20.1.2, from: [10.20.9.5, 10.30.0.0/16] }\n')).toEqual(
    {
      address: '10.20.1.2',
      port: 7444,
      from: ['10.20.9.5/32', '10.30.0.0/16'],
    },
  );
  expect(metricsOf('node: lb-a\n')).toBeUndefined();
});

test.each([
  ['{ address: 10.20.1.2 }', /"from" is missing/],
  ['{ address: 10.20.1.2, from: [] }', /from/],
  ['{ address: 10.20.1.2, from: [0.0.0.0/0] }', /is everybody \(metrics.from\[0\]\); write the addresses/],
  ['{ address: 0.0.0.0, from: [10.0.0.1] }', /is not the address of one machine/],
])('metrics: %s is refused', (metrics, expected) => {
  expect(metricsOf(`node: lb-a\nmetrics: ${metrics}\n`)).toMatch(expected);
});
