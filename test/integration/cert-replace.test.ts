import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChangeAnswer } from '../../src/contract/answers.ts';
import type { CertificateRequest } from '../../src/contract/operations.ts';
import { commandLine } from '../harness/command-line.ts';
import { type ServedController, serveController } from '../harness/scripted-controller.ts';

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
