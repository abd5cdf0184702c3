import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../harness/ask.ts';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../harness/certificates.ts';
import { aorta } from '../harness/controller.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { type Product, startProduct } from '../harness/product.ts';
import { startUpstream, type Upstream } from '../harness/upstream.ts';
import { everythingWritten, found } from '../harness/written.ts';

const hostname = 'keys.stelsewhere.example';
const password = 'synthetic-Heron-4711';
const secrets = ['synthetic-Otter-2342', 'synthetic-Beaver-1138'] as const;
const address = loopbackAddress();
let directory: string;
let authority: TestAuthority;
let certificate: TestCertificate;
let behind: Upstream;
let declaration: object;
let product: Product;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aorta-keys-'));
  const file = (name: string) => join(directory, name);
  authority = await makeAuthority();
  certificate = await authority.issue([hostname]);
  behind = await startUpstream();
  await writeFile(file('chain.pem'), certificate.certificate);
  await writeFile(file('plain.pem'), certificate.key, { mode: 0o600 });
  await writeFile(file('password'), `${password}\n`, { mode: 0o600 });
  await writeFile(file('secret'), `${secrets[0]}\n`, { mode: 0o600 });
  await promisify(execFile)('openssl', [
    ...['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-passout', `file:${file('password')}`],
    ...['-in', file('plain.pem'), '-out', file('key.pem')],
  ]);
  declaration = {
    aorta: 'v1',
    site: 'St. Elsewhere',
    certificates: {
      live: { certificate: file('chain.pem'), key: file('key.pem'), passwordFile: file('password') },
    },
    virtualServices: {
      live: {
        hostnames: [hostname],
        listeners: [{ protocol: 'https', address, port: 443, certificates: ['live'] }],
        pool: {
          servers: { one: { address: behind.address, port: behind.port } },
          trustedSegment: 'loopback',
          deepChecks: {
            order: {
              type: 'transaction',
              tokenPath: '/token',
              clientId: 'aorta',
              clientSecret: { file: file('secret') },
              path: '/order',
            },
          },
        },
        maxConnections: 500,
      },
    },
  };
  product = await startProduct(declaration);
});
afterAll(async () => {
  await product?.stop();
  await behind?.close();
  await rm(directory, { recursive: true, force: true });
});

/** The middle of the key: whatever wraps it, these letters are in it. */
function keyMaterial(): string[] {
  const lines = certificate.key.split('\n').filter((line) => !line.startsWith('-') && line !== '');
  return [password, ...secrets, ...lines.slice(1, -1).map((line) => line.slice(4, 44))];
}

test('keys are in private files of a generation and in the record of changes, the password only there', async () => {
  const answer = await ask(address, 443, '/', {
    tls: { ca: authority.material.certificates[0] ?? '', servername: hostname },
  });
  expect(answer.status).toBe(200);
  const written = await everythingWritten(product);
  const holders = written.filter(
    ({ bytes }) => found(bytes, keyMaterial()).length > 0 || bytes.includes('PRIVATE KEY'),
  );
  expect(holders.length).toBeGreaterThan(0);
  for (const { where, mode, bytes } of holders) {
    expect({ where, mode }).toEqual({ where, mode: 0o600 });
    // A rollback needs the files of a declaration as they were sent, the password among them.
    if (/\/state\/aorta\.db(-wal|-shm)?$/.test(where)) continue;
    expect(where).toMatch(/^.*\/state\/generations\/[^/]+\/certs\/[^/]+\.pem$/);
    expect(found(bytes, [password, ...secrets])).toEqual([]);
  }
});

test.each([
  ['a wrong password', { password: 'synthetic-Crow-0815' }],
  ['a key of another certificate', { key: 'other' }],
  ['a damaged key', { key: 'damaged' }],
])('%s is refused without a word of the key or the password', async (_, wrong) => {
  const own = await mkdtemp(join(directory, 'wrong-'));
  const file = (name: string) => join(own, name);
  const other = await authority.issue([hostname]);
  const secret = 'password' in wrong ? wrong.password : password;
  await writeFile(file('password'), `${secret}\n`, { mode: 0o600 });
  const key = 'password' in wrong ? join(directory, 'key.pem') : file('key.pem');
  const text =
    'key' in wrong && wrong.key === 'damaged' ? certificate.key.replace(/\n(....)/, '\n*!*!') : other.key;
  if (!('password' in wrong)) await writeFile(key, text, { mode: 0o600 });
  const live = {
    certificate: join(directory, 'chain.pem'),
    key,
    ...('password' in wrong ? { passwordFile: file('password') } : {}),
  };
  await writeFile(file('aorta.yaml'), JSON.stringify({ ...declaration, certificates: { live } }));
  for (const command of ['check', 'render', 'explain', 'apply']) {
    const words = command === 'apply' ? ['--state', product.state] : [];
    const { code, stdout, stderr } = await aorta(command, file('aorta.yaml'), '--json', ...words);
    if (command !== 'explain') expect({ command, code }).toEqual({ command, code: 2 });
    const material = [
      ...keyMaterial(),
      secret,
      ...other.key
        .split('\n')
        .slice(1, 3)
        .map((line) => line.slice(4, 44)),
    ];
    expect(found(Buffer.from(stdout + stderr), material)).toEqual([]);
    expect(stdout + stderr).not.toContain('PRIVATE KEY-----');
  }
});

test('the secret of a deep check takes effect when it changes, and is shown by no command', async () => {
  const file = join(directory, 'aorta.yaml');
  await writeFile(file, JSON.stringify(declaration));
  await writeFile(join(directory, 'secret'), `${secrets[1]}\n`);
  const state = ['--state', product.state];
  const said: string[] = [];
  const run = async (...words: string[]) => {
    const { code, stdout, stderr } = await aorta(...words);
    said.push(stdout, stderr);
    return { code, text: stdout + stderr };
  };
  const change = 'deep check order of live changes: secret';
  expect((await run('plan', file, ...state)).text).toContain(change);
  const applied = await run('apply', file, ...state);
  expect(applied).toMatchObject({ code: 0, text: expect.stringMatching(/^applied: revision \d+ /m) });
  expect(applied.text).toContain(`nothing changes for HAProxy\n  ${change}\n`);
  expect((await run('apply', file, ...state)).text).toMatch(/^no change: /m);
  const asked = [['explain', file], ...['status', 'history'].map((one) => [one, ...state, '--json'])];
  const revisions = [
    ['show', '1'],
    ['show', '2'],
    ['diff', '1', '2'],
  ].map((one) => [...one, ...state]);
  const answers = await Promise.all([...asked, ...revisions].map((words) => run(...words)));
  expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 0));
  expect(found(Buffer.from(said.join('')), [...secrets])).toEqual([]);
});
