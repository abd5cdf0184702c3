import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../kernel/failure.ts';
import { Seal } from '../../store/shared/seal.ts';
import type { CliContext } from '../context.ts';
import { pairKeys } from './pair-keys.ts';

let parent: string;
let out: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'aorta-keys-'));
  out = join(parent, 'pair');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const day = 86_400_000;
const now = Date.UTC(2030, 0, 31, 12);
const a = 'lb-a=10.20.1.2';
const b = 'lb-b=[2001:db8::2]:9443';

async function make(node: readonly string[], over: { days?: number; at?: number; json?: boolean } = {}) {
  const { days = 100, at = now, json = false } = over;
  let text = '';
  const context = {
    write: (part: string) => {
      text += part;
    },
    now: () => at,
    colors: picocolors.createColors(false),
  };
  await pairKeys({ node, out, days, json }, context as CliContext);
  return text;
}

/** Why it was refused. */
async function refusal(...words: Parameters<typeof make>): Promise<{ code: string; what: string }> {
  try {
    await make(...words);
  } catch (error) {
    if (error instanceof Failure) return { code: error.code, what: error.message };
    throw error;
  }
  throw new Error('it was not refused');
}

async function contents(): Promise<Record<string, string>> {
  const names = await readdir(out).catch(() => []);
  const entries = names.map(async (name) => [name, await readFile(join(out, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const certificate = async (name: string) => new X509Certificate(await readFile(join(out, name)));

test('an authority, the operator and each node; private files for their owner only', async () => {
  const said = await make([a, b]);
  const files = await contents();
  expect(Object.keys(files).sort()).toEqual(
    ['authority', 'lb-a', 'lb-b', 'operator']
      .flatMap((name) => [`${name}.key`, `${name}.pem`])
      .concat('nodes.yaml', 'store.seal')
      .sort(),
  );
  for (const name of Object.keys(files)) {
    const { mode } = await stat(join(out, name));
    expect([name, (mode & 0o777).toString(8)]).toEqual([name, /\.(key|seal)$/.test(name) ? '600' : '644']);
  }
  expect(((await stat(out)).mode & 0o777).toString(8)).toBe('700');
  expect(files['nodes.yaml']).toBe('lb-a: 10.20.1.2:7443\nlb-b: "[2001:db8::2]:9443"\n');
  const authority = await certificate('authority.pem');
  for (const name of ['lb-a', 'lb-b', 'operator']) {
    const one = await certificate(`${name}.pem`);
    expect(one.verify(authority.publicKey) && one.checkIssued(authority)).toBe(true);
    expect(one.subject).toBe(`CN=${name}`);
    expect(one.validToDate.getTime()).toBe(now + 100 * day);
  }
  expect((await certificate('lb-b.pem')).checkIP('2001:db8::2')).toBeDefined();
  // Nobody answers with the key of the operator.
  expect((await certificate('operator.pem')).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(said).toContain('valid until 2030-05-11');
  expect(said).toContain(`${out}/authority.key is needed only to make more of these`);
  expect(said).not.toContain('PRIVATE KEY');
  // It seals what leaves a node; nobody else sees it.
  expect(() => Seal.of(files['store.seal'] ?? '', 'store.seal')).not.toThrow();
  expect(said).not.toContain(files['store.seal']?.trim());
  expect(new Set(Object.values(files)).size).toBe(Object.keys(files).length);
});

describe('again', () => {
  test('the same changes nothing; another node is added', async () => {
    await make([a]);
    await writeFile(join(out, 'nodes.yaml'), '# ours\nlb-a: 10.20.1.2:7443\n');
    const before = await contents();
    await make([a]);
    expect(await contents()).toEqual(before);
    const said = JSON.parse(await make([b], { days: 900, json: true }));
    expect(said).toMatchObject({ newAuthority: false, made: ['lb-b'], kept: ['operator'] });
    // Nobody outlives the authority.
    expect(said.notAfter).toBe(now + 100 * day);
    const after = await contents();
    expect(after).toMatchObject({
      ...before,
      'nodes.yaml': '# ours\nlb-a: 10.20.1.2:7443\nlb-b: "[2001:db8::2]:9443"\n',
    });
  });

  test('another address for a node that has a key is refused', async () => {
    await make([a]);
    const before = await contents();
    expect(await refusal(['lb-a=10.20.1.9', b])).toMatchObject({ code: 'keys-exist' });
    expect(await contents()).toEqual(before);
  });

  test('when its files are removed a node gets new ones', async () => {
    await make([a, b]);
    for (const name of ['lb-a.pem', 'lb-a.key']) await rm(join(out, name));
    await make(['lb-a=10.20.1.9']);
    const files = await contents();
    expect(files['nodes.yaml']).toContain('lb-a: 10.20.1.9:7443\n');
    expect((await certificate('lb-a.pem')).checkIP('10.20.1.9')).toBeDefined();
  });
});

describe('what is refused leaves everything as it was', () => {
  test.each<[string, string, RegExp]>([
    ['the key of the authority is elsewhere', 'authority.key', /authority\.key is not there/],
    ['its certificate is', 'authority.pem', /authority\.pem is not there/],
    ['half of a node', 'lb-a.key', /lb-a\.pem is there, and .*lb-a\.key is not/],
  ])('%s', async (_name, gone, what) => {
    await make([a]);
    await rm(join(out, gone));
    const before = await contents();
    const refused = await refusal([a, b]);
    expect(refused.code).toBe('keys-incomplete');
    expect(refused.what).toMatch(what);
    expect(await contents()).toEqual(before);
  });

  test('an authority whose time is over, or whose key is of another', async () => {
    await make([a]);
    const before = await contents();
    expect(await refusal([b], { at: now + 101 * day })).toMatchObject({ code: 'certificate-expired' });
    await writeFile(join(out, 'authority.key'), before['lb-a.key'] ?? '');
    expect(await refusal([b])).toMatchObject({ code: 'certificate-key-mismatch' });
    await writeFile(join(out, 'authority.key'), before['authority.key'] ?? '');
    expect(await contents()).toEqual(before);
  });

  test('a list of nodes that cannot be read', async () => {
    await make([a]);
    await writeFile(join(out, 'nodes.yaml'), 'lb-a: nowhere\n');
    const refused = await refusal([b]);
    expect(refused).toMatchObject({ code: 'bad-request' });
    expect(refused.what).toContain(
      'nodes.yaml:1:7 error invalid-value: "nowhere" is not an address with a port',
    );
  });

  test.each([
    ...['lb-a', 'lb-a=', '=10.0.0.1', 'LB-A=10.0.0.1', 'lb-a=10.0.0.1:0', 'lb-a=0.0.0.0', 'lb a=10.0.0.1'],
    ...['operator=10.0.0.1', 'authority=10.0.0.1', '../x=10.0.0.1'],
  ])('--node %s', async (node) => {
    expect(await refusal([node])).toMatchObject({ code: 'bad-request' });
    expect(await contents()).toEqual({});
  });

  test('a node that is named twice', async () => {
    expect(await refusal([a, 'lb-a=10.20.1.3'])).toMatchObject({ code: 'bad-request' });
  });
});
