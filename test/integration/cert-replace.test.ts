import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeAnswer } from '../../src/contract/answers.ts';
import type { Controller } from '../../src/contract/controller.ts';
import type { CertificateRequest } from '../../src/contract/operations.ts';
import { commandLine } from '../harness/command-line.ts';
import { loopbackEndpoints } from '../harness/loopback.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { type ServedController, serveController } from '../harness/scripted-controller.ts';
import { type ServedNode, serveNode } from '../harness/served-node.ts';
import { SimulatedEstate } from '../harness/simulated-estate.ts';

let served: ServedController;
let outcome: ChangeAnswer['outcome'];
let requests: CertificateRequest[];
beforeEach(async () => {
  outcome = 'applied';
  requests = [];
  served = await serveController({
    certificate: async (request, onProgress) => {
      requests.push(request);
      onProgress({ stage: 'verify', state: 'done' });
      return { outcome, revision: 4, evidence: [], findings: [] };
    },
  });
  await mkdir(at('certs'));
  await writeFile(
    at('aorta.yaml'),
    `aorta: v1
site: St. Elsewhere
certificates:
  live: { pem: certs/live.pem }
  pair: { certificate: certs/pair.crt, key: certs/pair.key }
`,
  );
  for (const name of ['live.pem', 'pair.crt', 'pair.key'])
    await writeFile(at(`certs/${name}`), `old ${name}`);
  await writeFile(at('new.pem'), 'new material');
  await writeFile(at('new.key'), 'new key');
});
afterEach(() => served.end());

const at = (name: string) => join(served.directory, name);
const replace = (...words: readonly string[]) =>
  commandLine(['cert', 'replace', ...words], { socket: served.socket });
const onDisk = (name: string) => readFile(at(name), 'utf8');

test.each([
  [
    'an unreadable file',
    ['live', '/nonexistent/new.pem'],
    'cannot read "/nonexistent/new.pem": it does not exist',
  ],
  ['an unknown certificate', ['old', 'new.pem', '--declaration', 'aorta.yaml'], 'use one of: live, pair'],
  ['a key too much', ['live', 'new.pem', '--key', 'new.key', '--declaration', 'aorta.yaml'], 'without --key'],
  ['a key that is missing', ['pair', 'new.pem', '--declaration', 'aorta.yaml'], 'with --key'],
])('refused before anything is sent: %s', async (_, words, message) => {
  const paths = words.map((word) => (/^(new|aorta)\./.test(word) ? at(word) : word));
  const { code, err } = await replace(...paths);
  expect(code).toBe(2);
  expect(err).toContain(message);
  expect(requests).toEqual([]);
});

test('what the controller does not take leaves the disk alone', async () => {
  for (outcome of ['invalid', 'refused', 'rolledBack'] as const) {
    const { code } = await replace('live', at('new.pem'), '--declaration', at('aorta.yaml'));
    expect(code).toBe(outcome === 'invalid' ? 2 : 1);
    expect(await onDisk('certs/live.pem')).toBe('old live.pem');
  }
});

test('a change that waits to be confirmed leaves the disk alone, and says so', async () => {
  outcome = 'awaiting';
  const { code, err } = await replace('live', at('new.pem'), '--declaration', at('aorta.yaml'));
  expect(code).toBe(0);
  expect(err).toContain('is not replaced on disk while the change waits to be confirmed');
  expect(await onDisk('certs/live.pem')).toBe('old live.pem');
});

test('without the declaration it warns that an apply would bring the old one back', async () => {
  const { code, out, err } = await replace('live', at('new.pem'));
  expect(code).toBe(0);
  expect(out).toContain('applied');
  expect(err).toContain('the next `aorta apply` brings the old certificate back');
  expect(requests).toMatchObject([
    { name: 'live', author: 'jdoe', file: { base64: Buffer.from('new material').toString('base64') } },
  ]);
});

test('with the declaration the files on disk are replaced, for their owner only, and the old ones are kept', async () => {
  await chmod(at('certs/pair.crt'), 0o644);
  const { code, out, err } = await replace(
    'pair',
    at('new.pem'),
    '--key',
    at('new.key'),
    '--declaration',
    at('aorta.yaml'),
  );
  expect({ code, warned: err.includes('warning') }).toEqual({ code: 0, warned: false });
  expect(out).toContain(`replaced on disk: ${at('certs/pair.key')}`);
  expect(await onDisk('certs/pair.crt')).toBe('new material');
  expect(await onDisk('certs/pair.key')).toBe('new key');
  expect(await onDisk('certs/pair.key.old')).toBe('old pair.key');
  expect((await stat(at('certs/pair.crt'))).mode & 0o777).toBe(0o600);
  expect(requests).toMatchObject([{ name: 'pair', key: { kind: 'read' } }]);
});

test('a link stays one, and the declared file itself may be given', async () => {
  await writeFile(at('certs/real.pem'), 'old');
  await writeFile(at('aorta.yaml'), 'aorta: v1\nsite: x\ncertificates:\n  live: { pem: certs/link.pem }\n');
  await symlink(at('certs/real.pem'), at('certs/link.pem'));
  await replace('live', at('new.pem'), '--declaration', at('aorta.yaml'));
  expect(await onDisk('certs/real.pem')).toBe('new material');
  const { code, out } = await replace('live', at('certs/link.pem'), '--declaration', at('aorta.yaml'));
  expect({ code, replaced: out.includes('replaced') }).toEqual({ code: 0, replaced: false });
  expect(await onDisk('certs/real.pem')).toBe('new material');
});

describe('on several nodes', () => {
  const names = ['lb-a', 'lb-b'] as const;
  const endpoints = loopbackEndpoints(names);
  const asked: string[] = [];
  /** What a node answers to the change, where it is not `applied`. */
  const answers = new Map<string, ChangeAnswer['outcome']>();
  let pair: TestPair;
  const nodes: ServedNode[] = [];
  beforeAll(async () => {
    pair = await makeTestPair(endpoints);
    for (const name of names)
      nodes.push(await serveNode(await pair.keysOf(name), nodeOf(name), endpoints[name]));
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await pair.end();
  });
  beforeEach(() => {
    asked.length = 0;
    answers.clear();
  });

  function nodeOf(name: string): Partial<Controller> {
    const estate = new SimulatedEstate();
    return {
      ...estate.controller,
      certificate: async () => {
        asked.push(`${name} takes it`);
        return { outcome: answers.get(name) ?? 'applied', revision: 2, evidence: [], findings: [] };
      },
      rollback: async ({ revision }) => {
        asked.push(`${name} back to ${revision}`);
        return { outcome: 'applied', revision: 3, evidence: [], findings: [] };
      },
      configuration: async () => ({ revision: 3, digest: estate.digest, file: 'aorta.yaml', text: '' }),
    };
  }

  const replaceOnBoth = () => {
    const both = names.flatMap((name) => ['--node', name]);
    const files = [at('new.pem'), '--declaration', at('aorta.yaml')];
    return commandLine(['cert', 'replace', 'live', ...files, ...both, '--keys', pair.directory], {
      ...{ socket: '/nowhere', now: Date.now },
    });
  };

  test('one after the other, and then on disk', async () => {
    const { code, out, err } = await replaceOnBoth();
    expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('error') });
    expect(asked).toEqual(['lb-b takes it', 'lb-a takes it']);
    expect(out).toContain('done: lb-b and lb-a have it\nreplaced on disk');
    expect(await onDisk('certs/live.pem')).toBe('new material');
  });

  test('when the second does not take it, the first goes back, and the disk is left alone', async () => {
    answers.set('lb-a', 'refused');
    const { code, err } = await replaceOnBoth();
    expect(code).toBe(1);
    expect(asked).toEqual(['lb-b takes it', 'lb-a takes it', 'lb-b back to 1']);
    expect(err).toContain('stopped: not all nodes have it');
    expect(await onDisk('certs/live.pem')).toBe('old live.pem');
  });
});
