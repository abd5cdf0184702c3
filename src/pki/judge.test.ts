import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CertificateMaterial, KeyFacts } from '../model/certificate-material.ts';
import { describeCertificate } from './facts.ts';
import { judgeCertificate } from './judge.ts';
import { authority, type Issued, named, OpensslFixture, type Order, server } from './openssl-fixture.ts';
import { readCertificate } from './read-certificate.ts';

const path = ['certificates', 'live'];
const host = 'mtrestapis-live01.stelsewhere.example';
const day = 24 * 60 * 60 * 1000;

let openssl: OpensslFixture;
let root: Issued;
let good: CertificateMaterial;

beforeAll(() => {
  openssl = new OpensslFixture();
  root = openssl.issue({ subject: '/CN=Root', extensions: authority, digest: '-sha1', days: 5000 });
  good = make({ subject: '/CN=good' });
});

afterAll(() => openssl?.close());

/** A server certificate issued by the root, unless told otherwise. */
function make(order: Order, ...chain: Issued[]): CertificateMaterial {
  const issued = openssl.issue({ issuer: root, extensions: server(host), ...order });
  return read(issued, ...chain, root);
}

function read(...certificates: Issued[]): CertificateMaterial {
  const text = [...certificates.map((one) => one.certificate), certificates[0]?.key].join('');
  const result = readCertificate({ kind: 'pem', files: [named('live.pem', text)] }, undefined, { path });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.material;
}

function judge(material: CertificateMaterial, options: { now?: number; hostnames?: string[] } = {}) {
  return judgeCertificate(material, { now: Date.now() + 1000, hostnames: [host], path, ...options });
}

function codes(...args: Parameters<typeof judge>): string[] {
  return judge(...args).map((finding) => `${finding.severity} ${finding.code}`);
}

test('nothing is found in a good certificate, and findings carry the path of the caller', () => {
  expect(judge(good)).toEqual([]);
  expect(judge(good, { now: 0 })[0]?.path).toEqual(path);
});

describe('validity', () => {
  test.each([
    [
      'before it begins',
      (m: CertificateMaterial) => m.facts.notBefore - 1,
      ['error certificate-not-yet-valid'],
    ],
    ['the moment it begins', (m: CertificateMaterial) => m.facts.notBefore, []],
    ['30 days before its end', (m: CertificateMaterial) => m.facts.notAfter - 30 * day, []],
    [
      'less than that',
      (m: CertificateMaterial) => m.facts.notAfter - 30 * day + 1,
      ['warning certificate-expires-soon'],
    ],
    [
      'the moment it ends',
      (m: CertificateMaterial) => m.facts.notAfter,
      ['warning certificate-expires-soon'],
    ],
    ['after its end', (m: CertificateMaterial) => m.facts.notAfter + 1, ['error certificate-expired']],
  ])('%s', (_name, when, expected) => {
    expect(codes(good, { now: when(good) })).toEqual(expected);
  });

  test('an issuer that expired first is named', () => {
    const inner = openssl.issue({ subject: '/CN=Inner', issuer: root, extensions: authority, days: 100 });
    const material = make({ subject: '/CN=leaf', issuer: inner, days: 400 }, inner);
    const findings = judge(material, { now: Date.now() + 200 * day });
    expect(findings.map((finding) => finding.code)).toEqual(['certificate-expired']);
    expect(findings[0]?.what).toContain('CN=Inner was valid until');
  });
});

describe('host names', () => {
  test('each name that is not covered is reported once', () => {
    const findings = judge(good, { hostnames: [host, 'other.example', 'other.example', 'third.example'] });
    expect(findings.map((finding) => finding.code)).toEqual([
      'certificate-host-not-covered',
      'certificate-host-not-covered',
    ]);
    expect(findings[0]?.what).toContain('other.example');
    expect(findings[0]?.why).toContain(host);
  });

  test('the common name does not count', () => {
    const material = make({ subject: `/CN=${host}`, extensions: ['extendedKeyUsage=serverAuth'] });
    expect(codes(material)).toEqual(['error certificate-host-not-covered']);
    expect(judge(material)[0]?.why).toContain('clients ignore the common name');
  });
});

describe('keys', () => {
  const rsa = (bits: number) => ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`];
  const ec = (curve: string) => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`];

  test.each<[string, string[], string[]]>([
    ['RSA-1024', rsa(1024), ['error certificate-weak-key']],
    ['RSA-2048', rsa(2048), []],
    ['RSA-3072', rsa(3072), ['advice certificate-costly-key']],
    ['RSA-4096', rsa(4096), ['advice certificate-costly-key']],
    ['P-384', ec('P-384'), ['advice certificate-costly-key']],
    ['P-521', ec('P-521'), []],
    ['secp256k1', ec('secp256k1'), ['error certificate-weak-key']],
    ['brainpool', ec('brainpoolP256r1'), ['error certificate-weak-key']],
    ['Ed25519', ['-algorithm', 'ED25519'], ['error certificate-weak-key']],
    [
      'RSA-PSS',
      ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
      ['error certificate-weak-key'],
    ],
  ])('%s', (_name, keyKind, expected) => {
    expect(codes(make({ subject: '/CN=key', keyKind }))).toEqual(expected);
  });

  test.each<[string, KeyFacts, string]>([
    ['RSA-3072', { kind: 'rsa', bits: 3072 }, 'measured with RSA-3072: a new connection costs 3.3 times'],
    ['RSA-4096', { kind: 'rsa', bits: 4096 }, 'measured with RSA-4096: a new connection costs 6 to 7 times'],
    ['a length between', { kind: 'rsa', bits: 3584 }, 'measured with RSA-3072'],
    ['a longer one', { kind: 'rsa', bits: 8192 }, 'measured with RSA-4096'],
    ['P-384', { kind: 'ec', curve: 'P-384' }, 'measured with ECDSA P-384: a new connection costs 1.8 times'],
  ])('the price of a dear key is told, and what to do: %s', (_name, key, price) => {
    const [finding] = judge({ ...good, facts: { ...good.facts, key } });
    expect(finding?.severity).toBe('advice');
    expect(finding?.why).toContain(price);
    expect(finding?.mend).toBe('request an ECDSA P-256 or RSA-2048 key at the next renewal');
  });

  test('a weak key of an issuer', () => {
    const weak = openssl.issue({
      subject: '/CN=Weak',
      issuer: root,
      extensions: authority,
      keyKind: rsa(1024),
    });
    const findings = judge(make({ subject: '/CN=leaf', issuer: weak }, weak));
    expect(findings.map((finding) => finding.code)).toEqual(['certificate-weak-key']);
    expect(findings[0]?.what).toContain('CN=Weak');
  });
});

describe('signatures', () => {
  const rsaKey = ['-algorithm', 'RSA'];

  test.each<[string, string[] | undefined]>([
    ['-sha1', undefined],
    ['-sha1', rsaKey],
    ['-md5', rsaKey],
  ])('%s %s is refused', (digest, kind) => {
    const keyKind = kind === undefined ? {} : { keyKind: kind };
    const issuer = openssl.issue({ subject: '/CN=Old root', extensions: authority, ...keyKind });
    const issued = openssl.issue({ subject: '/CN=old', issuer, extensions: server(host), digest });
    expect(codes(read(issued, issuer))).toEqual(['error certificate-weak-signature']);
  });

  test.each(['-sha224', '-sha384', '-sha512', '-sha3-256'])('%s is accepted', (digest) => {
    expect(codes(make({ subject: '/CN=new', digest }))).toEqual([]);
  });

  test('the signature of a self-signed certificate proves nothing and may be old', () => {
    const own = openssl.issue({ subject: '/CN=own', extensions: server(host), digest: '-sha1' });
    expect(codes(read(own))).toEqual([]);
  });
});

describe('purpose', () => {
  const names = `subjectAltName=DNS:${host}`;

  test.each<[string, string[], string[]]>([
    ['for clients only', ['extendedKeyUsage=clientAuth', names], ['error certificate-not-for-servers']],
    ['for clients and servers', ['extendedKeyUsage=clientAuth,serverAuth', names], []],
    ['without a limit', [names], []],
    ['of an authority', [...authority, names], ['warning certificate-not-for-servers']],
  ])('%s', (_name, extensions, expected) => {
    expect(codes(make({ subject: '/CN=purpose', extensions }))).toEqual(expected);
  });

  test('a self-signed authority that serves itself is let be', () => {
    const own = openssl.issue({ subject: '/CN=own', extensions: [...authority, names] });
    expect(codes(read(own))).toEqual([]);
  });
});

describe('facts', () => {
  test('are read once and complete', () => {
    const extensions = [
      'subjectAltName=DNS:*.B.example,IP:2001:DB8::0:1,DNS:a.example,IP:10.0.0.1,email:x@y.example,URI:http://z.example',
    ];
    const { facts } = make({ subject: '/C=US/O=A, "B"/CN=names', extensions });
    expect(facts.dnsNames).toEqual(['*.b.example', 'a.example']);
    expect(facts.addresses).toEqual(['2001:db8::1', '10.0.0.1']);
    expect(facts.issuer).toBe('CN=Root');
    expect(facts.key).toEqual({ kind: 'ec', curve: 'P-256' });
    expect(facts.signatureAlgorithm).toBe('ecdsa-with-SHA256');
    expect(facts.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(describeCertificate(facts)).toMatch(
      / \(issued by CN=Root, valid until \d{4}-\d\d-\d\d, ECDSA P-256\)$/,
    );
  });

  test('a name inside another value is not a name', () => {
    const { facts } = make({
      subject: '/CN=sly',
      extensions: [
        'subjectAltName=@names',
        '[names]',
        'DNS.1=a.example',
        'otherName.1=1.2.3;UTF8:x, DNS:evil.example, y',
        'dirName.1=directory',
        'URI.1=http://x/, DNS:evil.example, y',
        'DNS.2=b, DNS:evil.example, y',
        '[directory]',
        'CN=x, DNS:evil.example, y',
      ],
    });
    expect(facts.dnsNames).toEqual(['a.example']);
  });

  test('a line end in a name stays in its line', () => {
    const { facts } = make({ subject: '/CN=x\n  bind :1\u202e' });
    expect(describeCertificate(facts)).not.toMatch(/[\n\u202e]/);
  });
});
