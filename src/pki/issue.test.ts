import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../kernel/secret.ts';
import {
  type CertificateOrder,
  type Issuer,
  issueAuthority,
  issueLeaf,
  type KeyPair,
  type LeafOrder,
} from './issue.ts';
import { OpensslFixture } from './openssl-fixture.ts';

function newKeys(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKey, privateKey: new Secret(privateKey) };
}

const now = Date.UTC(2030, 0, 31, 12);
const year = 365 * 86_400_000;
const when = { notBefore: now, notAfter: now + 5 * year };

let openssl: OpensslFixture;
let issuer: Issuer;
let keys: KeyPair;
beforeAll(() => {
  openssl = new OpensslFixture();
  const own = newKeys();
  keys = newKeys();
  const order: Omit<CertificateOrder, 'publicKey'> = {
    name: 'Aorta pair 1a2b3c4d',
    serialNumber: '4001',
    ...when,
  };
  issuer = { certificate: issueAuthority(order, own), privateKey: own.privateKey };
});
afterAll(() => openssl.close());

const leaf = (over: Partial<LeafOrder> = {}) =>
  issueLeaf(
    {
      name: 'lb-a',
      publicKey: keys.publicKey,
      covers: ['lb-a', '10.20.1.2', '2001:db8::2', 'lb-a.pair.example'],
      uses: ['server', 'client'],
      serialNumber: '4002',
      ...when,
      ...over,
    },
    issuer,
  );

test('a leaf says what was ordered', () => {
  const certificate = new X509Certificate(leaf());
  expect(certificate.subject).toBe('CN=lb-a');
  expect(certificate.issuer).toBe('CN=Aorta pair 1a2b3c4d');
  expect(certificate.serialNumber).toBe('4002');
  expect([certificate.validFromDate.getTime(), certificate.validToDate.getTime()]).toEqual([
    when.notBefore,
    when.notAfter,
  ]);
  for (const address of ['10.20.1.2', '2001:db8::2']) expect(certificate.checkIP(address)).toBe(address);
  for (const name of ['lb-a', 'lb-a.pair.example']) expect(certificate.checkHost(name)).toBe(name);
  expect(certificate.checkHost('lb-b')).toBeUndefined();
  expect(certificate.ca).toBe(false);
});

test('same order, same bytes', () => {
  expect(leaf()).toBe(leaf());
  expect(leaf()).not.toBe(leaf({ serialNumber: '4003' }));
});

describe('OpenSSL takes them, by its strict rules', () => {
  const verify = (certificate: string, purpose: string, at = now + 1000) => {
    openssl.write('ca.pem', issuer.certificate);
    openssl.write('leaf.pem', certificate);
    const options = ['-x509_strict', '-purpose', purpose, '-attime', String(Math.floor(at / 1000))];
    const output = () =>
      openssl
        .run('verify', ...options, '-CAfile', openssl.file('ca.pem'), openssl.file('leaf.pem'))
        .toString();
    return output;
  };

  test.each(['sslclient', 'sslserver'])('as %s', (purpose) => {
    expect(verify(leaf(), purpose)()).toContain('OK');
  });

  test('and not for what they are not, nor after their time', () => {
    expect(verify(leaf({ uses: ['client'] }), 'sslclient')()).toContain('OK');
    expect(verify(leaf({ uses: ['client'] }), 'sslserver')).toThrow('unsuitable certificate purpose');
    expect(verify(leaf(), 'sslclient', when.notAfter + 1000)).toThrow('certificate has expired');
  });

  test('a leaf vouches for nobody', () => {
    const below = issueLeaf(
      {
        ...{
          name: 'lb-x',
          publicKey: keys.publicKey,
          covers: ['lb-x'],
          uses: ['client'],
          serialNumber: '4009',
        },
        ...when,
      },
      { certificate: leaf(), privateKey: keys.privateKey },
    );
    openssl.write('middle.pem', leaf());
    openssl.write('ca.pem', issuer.certificate);
    openssl.write('leaf.pem', below);
    const files = ['-CAfile', 'ca.pem', '-untrusted', 'middle.pem', 'leaf.pem'];
    const words = files.map((word) => (word.endsWith('.pem') ? openssl.file(word) : word));
    expect(() => openssl.run('verify', '-attime', String(now / 1000 + 1), ...words)).toThrow(
      'invalid CA certificate',
    );
  });
});
