import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../kernel/secret.ts';
import { accepted, codes, host, issueChain, path } from './chain-fixture.ts';
import { type Issued, named, OpensslFixture, server } from './openssl-fixture.ts';
import { readCertificate } from './read-certificate.ts';

const password = new Secret('correct horse');

let openssl: OpensslFixture;
let root: Issued;
let inner: Issued;
let leaf: Issued;
let stranger: Issued;

beforeAll(() => {
  openssl = new OpensslFixture();
  ({ root, inner, leaf, stranger } = issueChain(openssl));
});

afterAll(() => openssl?.close());

function pem(...parts: string[]) {
  return readCertificate({ kind: 'pem', files: [named('live.pem', parts.join(''))] }, undefined, { path });
}

describe('private keys', () => {
  const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
  let rsaLeaf: Issued;
  const forms: Record<string, string> = {};

  beforeAll(() => {
    rsaLeaf = openssl.issue({ subject: '/CN=rsa', keyKind: rsa, issuer: root, extensions: server(host) });
    const secret = ['-passout', `pass:${password.reveal()}`];
    const of = (...args: string[]) => openssl.run(...args).toString();
    const { keyFile } = rsaLeaf;
    forms['PKCS#8'] = rsaLeaf.key;
    forms['PKCS#1'] = of('rsa', '-traditional', '-in', keyFile);
    forms['encrypted PKCS#8, AES'] = of('pkcs8', '-topk8', '-v2', 'aes-256-cbc', ...secret, '-in', keyFile);
    forms['encrypted PKCS#8, 3DES'] = of(
      'pkcs8',
      '-topk8',
      '-v1',
      'PBE-SHA1-3DES',
      ...secret,
      '-in',
      keyFile,
    );
    forms['encrypted PKCS#1, AES'] = of('rsa', '-traditional', '-aes256', ...secret, '-in', keyFile);
    forms['encrypted PKCS#1, 3DES'] = of('rsa', '-traditional', '-des3', ...secret, '-in', keyFile);
    const legacy = ['-provider', 'legacy', '-provider', 'default'];
    forms['single DES'] = of('pkcs8', '-topk8', '-v1', 'PBE-MD5-DES', ...legacy, ...secret, '-in', keyFile);
    forms['endless'] = of(
      'pkcs8',
      '-topk8',
      '-v2',
      'aes-256-cbc',
      '-iter',
      '1000001',
      ...secret,
      '-in',
      keyFile,
    );
  });

  const read = (key: string, secret?: Secret) =>
    readCertificate(
      { kind: 'pem', files: [named('live.pem', rsaLeaf.certificate + root.certificate + key)] },
      secret,
      { path },
    );

  test.each(['PKCS#8', 'PKCS#1'])('%s, with or without a password that is not needed', (form) => {
    for (const secret of [undefined, password]) {
      const reading = accepted(read(forms[form] ?? '', secret));
      expect(reading.material.key.reveal()).toBe(rsaLeaf.key);
    }
  });

  test.each([
    'encrypted PKCS#8, AES',
    'encrypted PKCS#8, 3DES',
    'encrypted PKCS#1, AES',
    'encrypted PKCS#1, 3DES',
  ])('%s: opened, password missing, password wrong', (form) => {
    const text = forms[form] ?? '';
    expect(text).toContain('ENCRYPTED');
    expect(accepted(read(text, password)).material.key.reveal()).toBe(rsaLeaf.key);
    expect(accepted(read(text.replaceAll('\n', '\r\n'), password)).material.key.reveal()).toBe(rsaLeaf.key);
    expect(codes(read(text))).toEqual(['error certificate-password-missing']);
    expect(codes(read(text, new Secret('')))).toEqual(['error certificate-password-wrong']);
    // One wrong password in 256 decrypts to something with correct padding.
    for (let i = 0; i < 600; i += form.includes('#1') ? 1 : 60) {
      expect(codes(read(text, new Secret(`wrong ${i}`)))).toEqual(['error certificate-password-wrong']);
    }
  });

  test('SEC1 and encrypted SEC1', () => {
    const sec1 = openssl.run('ec', '-in', leaf.keyFile).toString();
    const secret = ['-passout', `pass:${password.reveal()}`];
    const locked = openssl.run('ec', '-aes128', ...secret, '-in', leaf.keyFile).toString();
    const chain = leaf.certificate + inner.certificate;
    expect(sec1).toContain('BEGIN EC PRIVATE KEY');
    expect(accepted(pem(chain, sec1)).material.key.reveal()).toBe(leaf.key);
    const files = [named('live.pem', chain), named('live.key', locked)];
    const opened = readCertificate({ kind: 'pem', files }, password, { path });
    expect(accepted(opened).material.key.reveal()).toBe(leaf.key);
  });

  test.each(['single DES', 'endless'])('%s is refused with the command that encrypts it anew', (form) => {
    const result = read(forms[form] ?? '', password);
    expect(codes(result)).toEqual(['error certificate-unreadable']);
    expect(result.ok ? '' : result.error[0]?.mend).toContain('openssl pkcs8 -topk8');
  });

  test('missing, foreign, several, damaged', () => {
    expect(codes(pem(leaf.certificate))).toEqual(['error certificate-no-key']);
    expect(codes(pem(leaf.certificate, stranger.key))).toEqual(['error certificate-key-mismatch']);
    expect(codes(pem(leaf.certificate, stranger.key, leaf.key))).toEqual(['error certificate-several-keys']);
    expect(codes(pem(leaf.certificate, inner.certificate, leaf.key, leaf.key))).toEqual([]);
    const lines = leaf.key.split('\n');
    expect(codes(pem(leaf.certificate, [lines[0], ...lines.slice(2)].join('\n')))).toEqual([
      'error certificate-unreadable',
    ]);
  });
});
