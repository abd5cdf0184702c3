import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command } from '../../src/dataplane/haproxy/runtime-socket.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { ask } from '../harness/ask.ts';
import { makeAuthority, type TestAuthority } from '../harness/certificates.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { type Product, startProduct } from '../harness/product.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream } from '../harness/upstream.ts';

/** Guards the commands of an operator at night, each against the real controller. The tests build on each other. */
const hostname = 'night.stelsewhere.example';
const address = loopbackAddress();
let authority: TestAuthority;
let servers: Upstream[] = [];
let product: Product;

beforeAll(async () => {
  authority = await makeAuthority();
  servers = await Promise.all([startUpstream(), startUpstream()]);
  const [one, two] = servers;
  product = await startProduct(
    {
      aorta: 'v1',
      site: 'St. Elsewhere',
      certificates: { live: { pem: 'certs/live.pem' } },
      hosts: {
        'api-1': { address: one?.address, roles: ['api'] },
        'api-2': { address: two?.address, roles: ['api'] },
      },
      virtualServices: {
        night: {
          hostnames: [hostname],
          listeners: [{ protocol: 'https', address, port: 443, certificates: ['live'] }],
          maxConnections: 200,
          pool: {
            trustedSegment: 'loopback',
            healthCheck: { type: 'http', path: '/', interval: '500ms', rise: 1 },
            servers: {
              one: { host: 'api-1', port: one?.port },
              two: { host: 'api-2', port: two?.port },
            },
          },
        },
      },
    },
    async (directory) => {
      await mkdir(join(directory, 'certs'));
      await writePem(join(directory, 'certs', 'live.pem'));
    },
  );
}, 60_000);
afterAll(async () => {
  await product?.stop();
  await Promise.all(servers.map((server) => server.close()));
});

async function writePem(file: string, keyKind?: readonly string[]): Promise<void> {
  const { certificate, key } = await authority.issue([hostname], 'now', keyKind);
  await writeFile(file, certificate + key, { mode: 0o600 });
}

const admin = () => runtimePaths(product.state).adminSocket;
const drift = async () => (await product.run('drift')).stdout;
const request = () =>
  ask(address, 443, '/', { tls: { ca: authority.material.certificates[0] ?? '', servername: hostname } });

test('a roll takes one host after the other out and back in', { timeout: 90_000 }, async () => {
  const marks = join(product.directory, 'marks');
  const run = `echo "$AORTA_HOST" >> '${marks}'`;
  const words = ['--run', run, '--settle', '1s', '--reason', 'kernel'];
  const rolled = await product.run('roll', 'api-1', 'api-2', ...words);
  expect(rolled, rolled.stdout + rolled.stderr).toMatchObject({ code: 0 });
  expect(await readFile(marks, 'utf8')).toBe('api-1\napi-2\n');
  expect((await product.run('intents')).stdout).not.toContain('drain');
  expect((await product.run('status')).code).toBe(0);
});

test('a roll stops at the first host whose patch fails, and leaves it drained', {
  timeout: 90_000,
}, async () => {
  const rolled = await product.run('roll', 'api-1', 'api-2', '--run', 'exit 3', '--reason', 'kernel');
  expect(rolled.code).toBe(1);
  expect((await product.run('intents')).stdout).toContain('api-1');
  const [one] = servers;
  const before = one?.requests.length;
  for (let round = 0; round < 20; round += 1) expect((await request()).status).toBe(200);
  expect(one?.requests.length).toBe(before);
});

test('the last healthy server is not drained, unless somebody insists', async () => {
  const refused = await product.run('drain', 'api-2', '--reason', 'kernel');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('last-server');
  expect(refused.stderr).toContain('night');
  expect((await request()).status).toBe(200);
  const enabled = await product.run('enable', 'api-1');
  expect(enabled).toMatchObject({ code: 0 });
  expect(enabled.stdout).toContain('kernel');
});

test('a certificate is replaced without a reload, also on disk', { timeout: 30_000 }, async () => {
  const workers = await product.workerPids();
  const file = join(product.directory, 'new.pem');
  await writePem(file);
  const words = ['cert', 'replace', 'live', file, '--guard', '0s', '--declaration', product.file];
  const [first = '', ...rest] = words;
  const replaced = await product.run(first, ...rest);
  expect(replaced, replaced.stdout + replaced.stderr).toMatchObject({ code: 0 });
  expect(replaced.stdout).toContain('without a reload');
  expect(await product.workerPids()).toEqual(workers);
  const text = await readFile(file, 'utf8');
  expect(await readFile(join(product.directory, 'certs', 'live.pem'), 'utf8')).toBe(text);
  expect((await request()).status).toBe(200);
  expect((await product.run('apply', product.file)).stdout).toContain('no change');
});

test('what is done behind our back is noticed within seconds, and adopted or put back', {
  timeout: 60_000,
}, async () => {
  await command(admin(), ['set', 'server', 'night.servers/one', 'state', 'maint']);
  await until('the maintenance is noticed', async () =>
    (await drift()).includes('one of night is in maintenance') ? true : undefined,
  );
  expect(await product.run('drift', 'adopt', '--reason', 'it was me')).toMatchObject({ code: 0 });
  expect((await product.run('intents')).stdout).toContain('it was me');
  expect(await product.run('drift')).toMatchObject({ code: 0 });
  expect(await product.run('enable', 'one')).toMatchObject({ code: 0 });

  // Of files nothing can be adopted, and nothing is touched for it.
  await writeFile(join(product.state, 'current', 'haproxy.cfg'), '# by hand\n', { flag: 'a' });
  await until('the edit is noticed', async () =>
    (await drift()).includes('haproxy.cfg') ? true : undefined,
  );
  expect(await product.run('drift', 'adopt')).toMatchObject({ code: 1 });
  expect(await readFile(join(product.state, 'current', 'haproxy.cfg'), 'utf8')).toContain('by hand');

  await command(admin(), ['set', 'server', 'night.servers/one', 'weight', '7']);
  await until('both are noticed', async () => {
    const seen = await drift();
    return seen.includes('weight 7') && seen.includes('haproxy.cfg') ? true : undefined;
  });
  expect(await product.run('drift', 'revert')).toMatchObject({ code: 0 });
  expect(await product.run('drift')).toMatchObject({ code: 0 });
  expect(await readFile(join(product.state, 'current', 'haproxy.cfg'), 'utf8')).not.toContain('by hand');
  expect((await request()).status).toBe(200);
});

test('history names who did what and why, and an earlier revision comes back', {
  timeout: 30_000,
}, async () => {
  const declared = JSON.parse(await readFile(product.file, 'utf8'));
  declared.virtualServices.night.errorAnswers = { retryAfter: '9s' };
  const changed = join(product.directory, 'changed.yaml');
  await writeFile(changed, JSON.stringify(declared));
  expect((await product.run('plan', changed)).stdout).toContain('reload');
  const reason = 'longer pause';
  expect(
    await product.run('apply', changed, '--guard', '0s', '--reason', reason, '--author', 'jdoe'),
  ).toMatchObject({ code: 0 });
  expect((await product.run('status')).stdout).not.toContain('awaiting');
  expect(
    await product.run('apply', product.file, '--guard', '0s', '--confirm', '5m', '--reason', 'try it'),
  ).toMatchObject({ code: 0 });
  expect((await product.run('status')).stdout).toMatch(/awaiting: .* unless you run `aorta confirm`/);
  expect(await product.run('rollback', '--reason', 'no')).toMatchObject({ code: 1 });
  expect((await product.run('status')).stdout).not.toContain('awaiting');
  expect(await product.run('rollback', '--guard', '0s', '--reason', 'too long')).toMatchObject({ code: 0 });
  const { stdout } = await product.run('history');
  expect(stdout).toMatch(/jdoe .*apply .*committed .*longer pause/);
  expect(stdout).toMatch(/rollback to 2 .*committed .*too long/);
  expect((await product.run('diff', '2', '3')).stdout).toContain('retryAfter');
  expect(await readFile(join(product.state, 'current', 'haproxy.cfg'), 'utf8')).not.toContain(
    'Retry-After 9',
  );
});

test('who replaces a certificate by one with a dear key is told the price, and has it', {
  timeout: 30_000,
}, async () => {
  const replace = async (keyKind?: readonly string[]) => {
    const file = join(product.directory, 'key.pem');
    await writePem(file, keyKind);
    return product.run('cert', 'replace', 'live', file, '--guard', '0s', '--declaration', product.file);
  };
  const dear = await replace(['-newkey', 'rsa:3072']);
  expect(dear, dear.stdout + dear.stderr).toMatchObject({ code: 0 });
  expect(dear.stderr).toContain('advice certificate-costly-key');
  expect(dear.stderr).toContain('certificates.live');
  expect(dear.stderr).toContain('3.3 times');
  const cheap = await replace();
  expect(cheap).toMatchObject({ code: 0 });
  expect(cheap.stderr).not.toContain('advice');
});
