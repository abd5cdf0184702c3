import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ticketDirectory } from '../../src/dataplane/tickets/ticket-directory.ts';
import { makeAuthority } from '../harness/certificates.ts';
import { startController, statusOf } from '../harness/controller.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { type Product, startProduct } from '../harness/product.ts';
import { type TlsPlace, visit } from '../harness/tls-session.ts';
import { startUpstream, type Upstream } from '../harness/upstream.ts';
import { everythingWritten } from '../harness/written.ts';

// Guards: one machine alone keeps the TLS sessions of its clients over reloads, and the keys for it in memory only.

/** The product is started for each of many commands. */
const patience = { timeout: 180_000 };
const servername = 'tickets.stelsewhere.example';
const address = loopbackAddress();
let directory: string;
let behind: Upstream;
let product: Product;
let place: TlsPlace;

/** @param errors what differs makes a reload */
const declared = (retryAfter: string): object => ({
  aorta: 'v1',
  site: 'St. Elsewhere',
  certificates: { live: { pem: join(directory, 'live.pem') } },
  virtualServices: {
    live: {
      hostnames: [servername],
      listeners: [{ protocol: 'https', address, port: 443, certificates: ['live'] }],
      pool: {
        servers: { one: { address: behind.address, port: behind.port } },
        trustedSegment: 'loopback',
      },
      errorAnswers: { retryAfter },
      maxConnections: 500,
    },
  },
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aorta-tickets-'));
  const authority = await makeAuthority();
  const { certificate, key } = await authority.issue([servername]);
  await writeFile(join(directory, 'live.pem'), certificate + key, { mode: 0o600 });
  behind = await startUpstream();
  product = await startProduct(declared('30s'));
  place = { address, port: 443, servername, ca: authority.material.certificates[0] ?? '' };
});
afterAll(async () => {
  await product?.stop();
  await behind?.close();
  await rm(directory, { recursive: true, force: true });
});

const kept = () => ticketDirectory(product.state) ?? '';
const keysOnFile = () => readFileSync(join(kept(), 'keys'), 'utf8').split('\n').filter(Boolean);

test('a session is resumed after a reload, with TLS 1.2 and 1.3', patience, async () => {
  const versions = ['TLSv1.2', 'TLSv1.3'] as const;
  const begun = await Promise.all(versions.map((version) => visit(place, version)));
  const before = await product.workerPids();
  await writeFile(product.file, JSON.stringify(declared('31s')));
  const { code, stdout, stderr } = await product.run('apply', product.file, '--guard', '0s');
  expect(code, stdout + stderr).toBe(0);
  expect((await product.workerPids()).some((pid) => !before.includes(pid))).toBe(true);
  for (const [index, version] of versions.entries())
    expect((await visit(place, version, begun[index]?.session)).reused).toBe(true);
});

test(
  'the keys are in memory, for this account only, and nowhere that is kept or shown',
  patience,
  async () => {
    const keys = keysOnFile();
    expect(keys).toHaveLength(3);
    expect(kept()).toMatch(/^\/dev\/shm\//);
    const { stdout } = await product.run('status', '--json');
    const { tickets } = await statusOf(product.state);
    expect(tickets).toEqual({
      fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
      ofPair: false,
      age: expect.any(Number),
    });
    const said = product.output();
    const written = await everythingWritten(product);
    for (const key of keys) {
      expect(stdout + said.stdout + said.stderr).not.toContain(key);
      for (const { where, bytes } of written) expect(bytes.includes(key), where).toBe(false);
    }
  },
);

test('a controller that is killed and started again goes on with them; applying the same again is no change', async () => {
  const { tickets } = await statusOf(product.state);
  const keys = keysOnFile();
  const begun = await visit(place, 'TLSv1.3');
  product.controller.signal('SIGKILL');
  await product.controller.ended;
  expect((await visit(place, 'TLSv1.3', begun.session)).reused).toBe(true);
  await startController(undefined, product.state);
  expect(keysOnFile()).toEqual(keys);
  expect((await statusOf(product.state)).tickets?.fingerprint).toBe(tickets?.fingerprint);
  expect((await visit(place, 'TLSv1.3', begun.session)).reused).toBe(true);
  const { stdout } = await product.run('apply', product.file, '--guard', '0s', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'unchanged' });
});

test('`aorta down` leaves nothing in memory', async () => {
  expect(readdirSync(kept()).sort()).toEqual(['keys', 'ring.json']);
  const { code } = await product.run('down');
  expect(code).toBe(0);
  await expect.poll(() => existsSync(kept()), { timeout: 10_000 }).toBe(false);
});
