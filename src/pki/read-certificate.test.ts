import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuthorityMaterial } from '../model/certificate-material.ts';
import { readAuthorities } from './authority.ts';
import { accepted, codes, fullChain, host, issueChain, path, subjects } from './chain-fixture.ts';
import { authority, type Issued, named, OpensslFixture, server } from './openssl-fixture.ts';
import { readCertificate } from './read-certificate.ts';

let openssl: OpensslFixture;
let root: Issued;
let outer: Issued;
let inner: Issued;
let leaf: Issued;
let stranger: Issued;

beforeAll(() => {
  openssl = new OpensslFixture();
  ({ root, outer, inner, leaf, stranger } = issueChain(openssl));
});

afterAll(() => openssl?.close());

function pem(...parts: string[]) {
  return readCertificate({ kind: 'pem', files: [named('live.pem', parts.join(''))] }, undefined, { path });
}

describe('the chain', () => {
  test.each([
    ['in order', () => [leaf, inner, outer]],
    ['backwards', () => [outer, inner, leaf]],
    ['with the root, which is not sent', () => [root, inner, leaf, outer]],
    ['with duplicates', () => [inner, leaf, inner, outer, leaf, root, root]],
  ])('is put in order when given %s', (_name, order) => {
    const certificates = order().map((one) => one.certificate);
    for (const parts of [
      [leaf.key, ...certificates],
      [...certificates, leaf.key],
    ]) {
      const reading = accepted(pem(...parts));
      expect(subjects(reading)).toEqual(fullChain);
      expect(reading.findings).toEqual([]);
      expect(reading.material.issuers.map((facts) => facts.subject)).toEqual(['CN=Inner', 'CN=Outer']);
    }
  });

  test('leaves foreign certificates out and names them', () => {
    const result = pem(
      leaf.key,
      stranger.certificate,
      leaf.certificate,
      inner.certificate,
      outer.certificate,
    );
    expect(subjects(accepted(result))).toEqual(fullChain);
    expect(codes(result)).toContain('warning certificate-chain-foreign');
    expect(
      accepted(result)
        .findings.map((finding) => finding.what)
        .join(),
    ).toContain('CN=Stranger');
  });

  test('an authority with the right name but another key is foreign, with and without key identifiers', () => {
    const none = ['authorityKeyIdentifier=none', 'subjectKeyIdentifier=none'];
    const bare = openssl.issue({
      subject: '/CN=bare',
      issuer: inner,
      extensions: [...server(host), ...none],
    });
    const impostor = openssl.issue({
      subject: '/CN=Inner',
      issuer: outer,
      extensions: [...authority, ...none],
    });
    for (const one of [leaf, bare]) {
      const result = pem(one.key, one.certificate, impostor.certificate, outer.certificate, root.certificate);
      expect(codes(result)).toEqual([
        'warning certificate-chain-foreign',
        'warning certificate-chain-incomplete',
      ]);
      expect(accepted(result).material.chain).toEqual([one.certificate]);
    }
  });

  test('takes the renewed certificate and the renewed intermediate when the old ones are there too', () => {
    const renewed = openssl.issue({ subject: '/CN=Renewed', sameKeyAs: leaf, issuer: inner, days: 800 });
    const longer = openssl.issue({
      subject: '/CN=Inner',
      sameKeyAs: inner,
      issuer: outer,
      days: 900,
      extensions: authority,
    });
    const all = [leaf, inner, renewed, longer, outer, root];
    const reading = accepted(pem(leaf.key, ...all.map((one) => one.certificate)));
    expect(subjects(reading)).toEqual(['CN=Renewed', 'CN=Inner', 'CN=Outer']);
    expect(reading.material.chain[1]).toBe(longer.certificate);
  });

  test('keeps a cross-signed authority, for clients that know only the older root', () => {
    const cross = openssl.issue({
      subject: '/O=St. Elsewhere/CN=Root',
      sameKeyAs: root,
      issuer: stranger,
      extensions: authority,
    });
    const all = [leaf, root, cross, outer, inner];
    const result = pem(leaf.key, ...all.map((one) => one.certificate));
    expect(subjects(accepted(result))).toEqual([...fullChain, 'O=St. Elsewhere\nCN=Root']);
    expect(codes(result)).toEqual([]);
  });

  test('authorities that signed each other do not go round in circles', () => {
    const first = openssl.issue({ subject: '/CN=First', extensions: authority });
    const second = openssl.issue({ subject: '/CN=Second', issuer: first, extensions: authority });
    const back = openssl.issue({
      subject: '/CN=First',
      sameKeyAs: first,
      issuer: second,
      extensions: authority,
    });
    const issued = openssl.issue({ subject: '/CN=leaf', issuer: second, extensions: server(host) });
    const reading = accepted(pem(issued.key, back.certificate, second.certificate, issued.certificate));
    expect(subjects(reading)).toEqual(['CN=leaf', 'CN=Second', 'CN=First']);
  });

  test('a self-signed certificate is complete by itself', () => {
    const own = openssl.issue({ subject: '/CN=own', extensions: server(host) });
    const result = pem(own.certificate, own.key);
    expect(codes(result)).toEqual([]);
    expect(accepted(result).material.chain).toEqual([own.certificate]);
  });
});

describe('a missing intermediate', () => {
  function known(...certificates: Issued[]): AuthorityMaterial[] {
    const text = certificates.map((one) => one.certificate).join('');
    const read = readAuthorities(named('ca.pem', text), { now: Date.now(), path: [] });
    if (!read.ok) throw new Error('no authorities');
    return [read.value.material];
  }

  function alone(one: Issued, authorities: AuthorityMaterial[] = []) {
    const files = [named('live.pem', one.certificate + one.key)];
    return readCertificate({ kind: 'pem', files }, undefined, { path, authorities });
  }

  const fetchable = (location: string) => [...server(host), `authorityInfoAccess=caIssuers;URI:${location}`];

  test('is a warning that names the issuer when it may be a root', () => {
    const result = alone(leaf);
    expect(codes(result)).toEqual(['warning certificate-chain-incomplete']);
    expect(accepted(result).findings[0]?.what).toContain('the issuer CN=Inner of');
  });

  test('is an error when a known authority turns out to be that intermediate', () => {
    expect(codes(alone(leaf, known(root, inner)))).toEqual(['error certificate-chain-incomplete']);
  });

  test('is none when the issuer is a known root', () => {
    const direct = openssl.issue({
      subject: '/CN=direct',
      issuer: root,
      extensions: fetchable('http://pki.example/r.crt'),
    });
    expect(codes(alone(direct, known(stranger, root)))).toEqual([]);
  });

  test('is an error when the issuer is to be fetched by http, as public authorities write it', () => {
    const issued = openssl.issue({
      subject: '/CN=public',
      issuer: inner,
      extensions: fetchable('http://pki.example/inner.crt'),
    });
    const result = alone(issued);
    expect(codes(result)).toEqual(['error certificate-chain-incomplete']);
    expect(result.ok ? '' : result.error[0]?.mend).toContain('http://pki.example/inner.crt');
  });

  test('is a warning when the issuer is in the directory, as AD CS writes it', () => {
    const issued = openssl.issue({
      subject: '/CN=adcs',
      issuer: inner,
      extensions: fetchable('ldap:///CN=Inner'),
    });
    expect(codes(alone(issued))).toEqual(['warning certificate-chain-incomplete']);
  });

  test('is a warning when the directory is named besides http', () => {
    const both = [
      ...server(host),
      'authorityInfoAccess=caIssuers;URI:ldap:///CN=Inner,caIssuers;URI:http://pki.example/i.crt',
    ];
    const issued = openssl.issue({ subject: '/CN=both', issuer: inner, extensions: both });
    expect(codes(alone(issued))).toEqual(['warning certificate-chain-incomplete']);
  });

  test('is a warning when the file has a gap between its authorities', () => {
    const result = pem(leaf.key, leaf.certificate, inner.certificate, root.certificate);
    expect(codes(result)).toEqual([
      'warning certificate-chain-foreign',
      'warning certificate-chain-incomplete',
    ]);
    expect(accepted(result).findings[1]?.what).toContain('the issuer CN=Outer of CN=Inner');
  });

  test('is not suspected when intermediates are there and nothing is left over', () => {
    expect(codes(pem(leaf.key, leaf.certificate, inner.certificate))).toEqual([]);
  });
});

describe('PEM, however it was put together', () => {
  const all = () => [leaf.certificate, inner.certificate, outer.certificate, leaf.key];
  const bom = Buffer.from([0xef, 0xbb, 0xbf]);

  test.each<[string, () => string | Buffer]>([
    ['CRLF', () => all().join('').replaceAll('\n', '\r\n')],
    ['old Mac line ends', () => all().join('').replaceAll('\n', '\r')],
    ['text between blocks', () => all().join('Bag Attributes\n  localKeyID: 01\nsubject=CN = x\n')],
    ['a byte order mark', () => Buffer.concat([bom, Buffer.from(all().join(''))])],
    ['UTF-16', () => Buffer.from(`\ufeff${all().join('')}`, 'utf16le')],
    ['UTF-16 big endian', () => Buffer.from(`\ufeff${all().join('')}`, 'utf16le').swap16()],
    ['blank lines everywhere', () => all().join('').replaceAll('\n', '\n\n')],
    ['indentation', () => all().join('').replaceAll('\n', '\n    ')],
    [
      'files glued without a line end',
      () =>
        all()
          .map((one) => one.trim())
          .join(''),
    ],
    [
      'EC parameters before the key',
      () => `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${all().join('')}`,
    ],
  ])('%s', (_name, make) => {
    const result = readCertificate({ kind: 'pem', files: [named('live.pem', make())] }, undefined, { path });
    expect(subjects(accepted(result))).toEqual(fullChain);
    // HAProxy's runtime command silently drops whatever follows a blank line.
    for (const text of accepted(result).material.chain)
      expect(text).toMatch(/^-----BEGIN CERTIFICATE-----\n(?:[^\n]+\n)+$/);
  });

  test('certificate and key in two files, whichever comes first', () => {
    const files = [named('live.crt', all().slice(0, 3).join('')), named('live.key', leaf.key)];
    for (const order of [files, files.toReversed()]) {
      const result = readCertificate({ kind: 'pem', files: order }, undefined, { path });
      expect(subjects(accepted(result))).toEqual(fullChain);
    }
  });
});

describe('the wrong file', () => {
  function refusal(name: string, content: string | Uint8Array): string {
    const result = readCertificate({ kind: 'pem', files: [named(name, content)] }, undefined, { path });
    expect(codes(result)[0]).toBe('error certificate-unreadable');
    return result.ok ? '' : `${result.error[0]?.what}; ${result.error[0]?.mend}`;
  }

  test('each is recognised and says how to get to PEM', () => {
    const der = (...args: string[]) => openssl.run(...args, '-outform', 'DER');
    const p7b = ['crl2pkcs7', '-nocrl', '-certfile', leaf.certificateFile];
    expect(refusal('a b.cer', der('x509', '-in', leaf.certificateFile))).toContain(
      "openssl x509 -inform DER -in 'a b.cer'",
    );
    expect(refusal('live.key', der('pkey', '-in', leaf.keyFile))).toContain(
      'openssl pkey -inform DER -in live.key',
    );
    expect(refusal('live.p7b', der(...p7b))).toContain('openssl pkcs7 -inform DER -print_certs');
    expect(refusal('live.p7b', openssl.run(...p7b))).toContain('openssl pkcs7 -print_certs');
    expect(refusal('live.pfx', openssl.pfx(leaf, [], 'x'))).toContain('name it with `pfx`');
    expect(refusal('live.csr', readFileSync(leaf.certificateFile.replace('.crt', '.csr')))).toContain(
      'CERTIFICATE REQUEST',
    );
    expect(refusal('live.pem', openssl.run('x509', '-trustout', '-in', leaf.certificateFile))).toContain(
      'TRUSTED',
    );
    expect(refusal('live.pem', '')).toContain('is empty');
    expect(refusal('live.pem', 'hello')).toContain('holds no PEM block');
    expect(refusal('live.pem', leaf.certificate.slice(0, 300))).toContain('is damaged');
    expect(refusal('live.pem', leaf.certificate.replace(/\n.{20}/, '\n!'))).toContain('is damaged');
    expect(refusal('live.pem', Buffer.alloc(1024 * 1024 + 1))).toContain('larger than 1 MiB');
    expect(refusal('live.pem', leaf.key)).toContain('no certificate');
  });

  test('a bundle of authorities', () => {
    // Signatures are not checked this early, so copies that differ in one byte will do.
    const der = Buffer.from(leaf.certificate.split('-----')[2] ?? '', 'base64');
    const copies = Array.from({ length: 60 }, (_, i) => {
      const copy = Buffer.from(der);
      copy[copy.length - 1] = i;
      return `-----BEGIN CERTIFICATE-----\n${copy.toString('base64')}\n-----END CERTIFICATE-----\n`;
    });
    expect(refusal('live.pem', copies.join(''))).toContain('more than 50 certificates');
  });

  test('no finding repeats what is in a key', () => {
    const broken = leaf.key.replace(/\n(.)/, '\n!');
    const result = pem(leaf.certificate, broken, stranger.key.slice(0, 90));
    const said = JSON.stringify(result);
    for (const line of [...leaf.key.split('\n'), ...stranger.key.split('\n')]) {
      if (line.length > 40 && !line.startsWith('-')) expect(said).not.toContain(line.slice(5, 25));
    }
    expect(JSON.stringify(pem(leaf.certificate, leaf.key))).not.toContain('PRIVATE KEY');
  });
});
