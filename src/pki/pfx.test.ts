import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../kernel/secret.ts';
import { accepted, codes, fullChain, host, issueChain, path, subjects } from './chain-fixture.ts';
import { type Issued, named, OpensslFixture, server } from './openssl-fixture.ts';
import { readCertificate } from './read-certificate.ts';

const password = new Secret('correct horse');

let openssl: OpensslFixture;
let root: Issued;
let outer: Issued;
let inner: Issued;
let leaf: Issued;

beforeAll(() => {
  openssl = new OpensslFixture();
  ({ root, outer, inner, leaf } = issueChain(openssl));
});

afterAll(() => openssl?.close());

describe('PFX', () => {
  const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
  const legacy = ['-legacy', '-provider', 'legacy', '-provider', 'default'];
  let rsaLeaf: Issued;

  beforeAll(() => {
    rsaLeaf = openssl.issue({
      subject: `/CN=${host}`,
      keyKind: rsa,
      issuer: inner,
      extensions: server(host),
    });
  });

  const read = (bytes: Uint8Array, secret?: Secret) =>
    readCertificate({ kind: 'pfx', file: named('live.pfx', bytes) }, secret, { path });

  describe.each([
    ['AES-256', []],
    ['RC2 and 3DES', legacy],
    ['3DES', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
  ])('%s', (_name, options) => {
    test.each([
      ['RSA', () => rsaLeaf],
      ['EC', () => leaf],
    ])('%s: opened, password missing, password wrong', (_kind, which) => {
      const one = which();
      const bytes = openssl.pfx(one, [root, outer, inner], password.reveal(), ...options);
      const reading = accepted(read(bytes, password));
      expect(subjects(reading)).toEqual(fullChain);
      expect(reading.material.chain[0]).toBe(one.certificate);
      expect(reading.material.key.reveal()).toBe(one.key);
      expect(reading.findings).toEqual([]);
      expect(codes(read(bytes))).toEqual(['error certificate-password-missing']);
      expect(codes(read(bytes, new Secret('wrong')))).toEqual(['error certificate-password-wrong']);
    });

    test('a password with letters beyond ASCII', () => {
      const secret = new Secret('Zürich-über-€');
      const bytes = openssl.pfx(leaf, [inner], secret.reveal(), ...options);
      expect(accepted(read(bytes, secret)).material.key.reveal()).toBe(leaf.key);
    });

    test('an empty password, given or not', () => {
      const bytes = openssl.pfx(leaf, [inner], '', ...options);
      for (const secret of [undefined, new Secret(''), password]) {
        expect(accepted(read(bytes, secret)).material.key.reveal()).toBe(leaf.key);
      }
    });
  });

  test('without a key, without a certificate, not a PFX, damaged', () => {
    const open = ['-passout', 'pass:x'];
    const noKey = openssl.run('pkcs12', '-export', '-nokeys', '-in', leaf.certificateFile, ...open);
    const noCertificate = openssl.run(
      'pkcs12',
      '-export',
      '-nocerts',
      '-inkey',
      leaf.keyFile,
      '-in',
      leaf.keyFile,
      ...open,
    );
    expect(codes(read(noKey, new Secret('x')))).toEqual(['error certificate-no-key']);
    expect(codes(read(noCertificate, new Secret('x')))).toEqual(['error certificate-unreadable']);
    expect(codes(read(Buffer.from(leaf.certificate + leaf.key)))).toEqual(['error certificate-unreadable']);
    const whole = openssl.pfx(leaf, [], 'x');
    expect(codes(read(whole.subarray(0, 500), new Secret('x')))).toEqual(['error certificate-unreadable']);
    expect(codes(read(Buffer.alloc(0)))).toEqual(['error certificate-unreadable']);
  });

  test('extreme password stretching is refused before it is tried', () => {
    for (const options of [[], ['-nomac']]) {
      const bytes = openssl.pfx(leaf, [], 'x', '-iter', '1000001', ...options);
      expect(codes(read(bytes, new Secret('x')))).toEqual(['error certificate-unreadable']);
    }
  });

  test('a certificate comes out byte for byte, whatever strings its name is made of', () => {
    const odd = openssl.issue({
      subject: '/C=CH/O=Spital Zürich, "Süd"/CN=odd',
      keyKind: rsa,
      issuer: root,
      extensions: [...server(host, `*.${host}`), '1.2.3.4=ASN1:BMPSTRING:x', '1.2.3.5=ASN1:BITSTRING:x'],
    });
    const reading = accepted(read(openssl.pfx(odd, [root], 'x'), new Secret('x')));
    expect(reading.material.chain[0]).toBe(odd.certificate);
  });
});
