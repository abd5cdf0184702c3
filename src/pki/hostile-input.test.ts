import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../kernel/secret.ts';
import { readAuthorities } from './authority.ts';
import { judgeCertificate } from './judge.ts';
import { stretchesTooMuch } from './key-stretching.ts';
import { authority, named, OpensslFixture, server } from './openssl-fixture.ts';
import { scanPem } from './pem.ts';
import { readCertificate } from './read-certificate.ts';

const path = ['certificates', 'live'];
const secret = new Secret('x');
const seeds: Record<string, Buffer> = {};
let openssl: OpensslFixture;

beforeAll(() => {
  openssl = new OpensslFixture();
  const root = openssl.issue({ subject: '/CN=Root', extensions: authority });
  const leaf = openssl.issue({ subject: '/CN=leaf', issuer: root, extensions: server('a.example') });
  const rsa = openssl.issue({
    subject: '/CN=rsa',
    issuer: root,
    extensions: server('a.example'),
    keyKind: ['-algorithm', 'RSA'],
  });
  const locked = openssl.run('pkcs8', '-topk8', '-passout', 'pass:x', '-in', leaf.keyFile).toString();
  seeds['plain PEM'] = Buffer.from(leaf.key + leaf.certificate + root.certificate);
  seeds['RSA PEM'] = Buffer.from(rsa.key + rsa.certificate + root.certificate);
  seeds['encrypted PEM'] = Buffer.from(locked + leaf.certificate + root.certificate);
  seeds['DER'] = openssl.run('x509', '-in', leaf.certificateFile, '-outform', 'DER');
  seeds['AES PFX'] = openssl.pfx(rsa, [root], 'x', '-iter', '1');
  seeds['EC PFX'] = openssl.pfx(leaf, [root], 'x', '-iter', '1', '-nomac');
  seeds['legacy PFX'] = openssl.pfx(
    leaf,
    [root],
    'x',
    '-iter',
    '1',
    '-nomac',
    '-legacy',
    '-provider',
    'legacy',
    '-provider',
    'default',
  );
});

afterAll(() => openssl?.close());

/** Everything public, on one input. What comes out must be a Result with well-formed findings. */
function readAllWays(bytes: Uint8Array): void {
  const file = named('live', bytes);
  const readings = [
    readCertificate({ kind: 'pem', files: [file] }, secret, { path }),
    readCertificate({ kind: 'pem', files: [file, file] }, undefined, { path }),
    readCertificate({ kind: 'pfx', file }, secret, { path }),
  ];
  for (const reading of readings) {
    if (reading.ok) judgeCertificate(reading.value.material, { now: 0, hostnames: ['a.example'], path });
    else expect(reading.error.length).toBeGreaterThan(0);
    const findings = reading.ok ? reading.value.findings : reading.error;
    for (const finding of findings) expect(finding.what + finding.mend).toMatch(/^[^\p{Cc}]+$/u);
  }
  const authorities = readAuthorities(file, { now: 0, path });
  if (!authorities.ok) expect(authorities.error.some((finding) => finding.severity === 'error')).toBe(true);
}

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  remove: fc.integer({ min: 0, max: 12 }),
  insert: fc.uint8Array({ maxLength: 12 }),
});

function mutate(
  seed: Buffer,
  mutations: readonly { at: number; remove: number; insert: Uint8Array }[],
): Buffer {
  let bytes = seed;
  for (const { at, remove, insert } of mutations) {
    const start = Math.floor(at * bytes.length);
    bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
  }
  return bytes;
}

test('random bytes never throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), readAllWays), { numRuns: 300 });
});

test('random blocks never throw', () => {
  const label = fc.constantFrom(
    'CERTIFICATE',
    'PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
    'RSA PRIVATE KEY',
    'EC PRIVATE KEY',
    'OPENSSH PRIVATE KEY',
    'PKCS7',
  );
  const block = fc
    .tuple(label, fc.uint8Array({ maxLength: 300 }), fc.boolean())
    .map(([name, der, locked]) => {
      const header = locked
        ? 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n'
        : '';
      return `-----BEGIN ${name}-----\n${header}${Buffer.from(der).toString('base64')}\n-----END ${name}-----\n`;
    });
  const text = fc.array(block, { maxLength: 5 }).map((blocks) => Buffer.from(blocks.join('')));
  fc.assert(fc.property(text, readAllWays), { numRuns: 300 });
});

test.each(['plain PEM', 'RSA PEM', 'encrypted PEM', 'DER', 'AES PFX', 'EC PFX', 'legacy PFX'])(
  'a damaged %s never throws',
  (name) => {
    const seed = seeds[name];
    if (seed === undefined) throw new Error(`no seed ${name}`);
    readAllWays(seed);
    const property = fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) =>
      readAllWays(mutate(seed, mutations)),
    );
    expect(fc.check(property, { numRuns: 200 })).toMatchObject({ failed: false });
  },
);

test.each(['plain PEM', 'RSA PEM'])('damage inside the blocks of a %s, under a correct PEM cover', (name) => {
  const { blocks } = scanPem(seeds[name] ?? Buffer.alloc(0));
  expect(blocks.length).toBe(3);
  const property = fc.property(
    fc.nat({ max: 2 }),
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
    (which, mutations) => {
      const text = blocks.map(({ label, der }, index) => {
        const content = index === which ? mutate(der, mutations) : der;
        return `-----BEGIN ${label}-----\n${content.toString('base64')}\n-----END ${label}-----\n`;
      });
      readAllWays(Buffer.from(text.join('')));
    },
  );
  fc.assert(property, { numRuns: 400 });
});

test('no valid encrypted file is mistaken for one that stretches too much', () => {
  for (let i = 0; i < 3; i += 1) {
    for (const seed of Object.values(seeds)) expect(stretchesTooMuch(seed)).toBe(false);
  }
});

test('the largest files take a bounded time', () => {
  const full = (unit: string) => Buffer.from(unit.repeat(Math.floor((1024 * 1024) / unit.length)));
  const certificate = (seeds['plain PEM'] ?? Buffer.alloc(0)).toString().split(/(?=-----BEGIN)/)[1] ?? '';
  const started = performance.now();
  readAllWays(full('-----BEGIN CERTIFICATE-----'));
  readAllWays(full('-----BEGIN CERTIFICATE----------END CERTIFICATE-----'));
  readAllWays(full('-----BEGIN A-----\n'));
  readAllWays(full('-'));
  readAllWays(full('\x30\x80'));
  readAllWays(full('\x24\x80'));
  readAllWays(full('\x30\x80\x02\x01\x03'));
  readAllWays(full(certificate));
  readAllWays(full((seeds['encrypted PEM'] ?? Buffer.alloc(0)).toString()));
  // Quadratic work on a mebibyte would take minutes; the bound leaves room for a busy machine.
  expect(performance.now() - started).toBeLessThan(20_000);
});
