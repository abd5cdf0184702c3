import { expect, test } from 'vitest';
import { formatDiagnostic } from '../kernel/diagnostic.ts';
import { readNodeApi } from './node-api.ts';

const read = (text: string) => {
  const result = readNodeApi(text, 'node.yaml');
  return result.ok ? result.value : result.error.map(formatDiagnostic);
};

test('an address, the default port and a directory of keys', () => {
  expect(read('node: lb-a\ninterface: front\napi: { address: 10.20.1.2 }\nkeys: keys\n')).toEqual({
    node: 'lb-a',
    address: '10.20.1.2',
    port: 7443,
    keys: { kind: 'directory', directory: 'keys' },
  });
});

test('each file by itself', () => {
  const keys = 'keys: { authority: a.pem, certificate: b.pem, key: c.pem }';
  expect(read(`node: lb-a\napi: { address: "2001:db8::2", port: 9 }\n${keys}\n`)).toMatchObject({
    address: '2001:db8::2',
    port: 9,
    keys: { kind: 'files', authority: 'a.pem', certificate: 'b.pem', key: 'c.pem' },
  });
});

test('without an API nothing listens', () => {
  expect(read('node: lb-a\nkeys: keys\n')).toBeUndefined();
});

test.each([
  ['node: lb-a\napi: { address: 10.20.1.2 }\n', 'node.yaml:2:1 error missing-key: "keys" is missing (api)'],
  [
    'node: lb-a\napi: { adress: 10.20.1.2 }\nkeys: k\n',
    'node.yaml:2:8 error unknown-key: unknown key "adress"',
  ],
  ['node: lb-a\napi: { address: 0.0.0.0 }\nkeys: k\n', 'node.yaml:2:17 error invalid-value'],
  ['node: lb-a\napi: { address: 10.0.0.1, port: 0 }\nkeys: k\n', 'node.yaml:2:33 error invalid-value'],
  ['node: LB_A\napi: { address: 10.0.0.1 }\nkeys: k\n', 'node.yaml:1:7 error invalid-value'],
  ['node: lb-a\napi: { address: 10.0.0.1 }\nkeys: { authority: a }\n', 'node.yaml:3:1 error invalid-value'],
  ['node: lb-a\napi: { address: 10.0.0.1 }\nkeys: { keys: a }\n', 'node.yaml:3:9 error unknown-key'],
  ['node: lb-a\napi: { address: 10.0.0.1 }\nkeys: 7\n', 'node.yaml:3:7 error wrong-type'],
  ['api: { address: 10.0.0.1 }\nkeys: k\n', 'error missing-key: "node" is missing'],
  ['node: [\n', 'error yaml-syntax'],
])('%j: %s', (text, finding) => {
  const found = read(text);
  expect(found).toContainEqual(expect.stringContaining(finding));
});
