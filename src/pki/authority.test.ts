import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAuthorities } from './authority.ts';
import { authority, type Issued, named, OpensslFixture, server } from './openssl-fixture.ts';

const path = ['authorities', 'hospital'];
const day = 24 * 60 * 60 * 1000;

let openssl: OpensslFixture;
let root: Issued;
let brief: Issued;
let leaf: Issued;
let pinned: Issued;

beforeAll(() => {
  openssl = new OpensslFixture();
  root = openssl.issue({ subject: '/CN=Root', extensions: authority, days: 3000 });
  brief = openssl.issue({ subject: '/CN=Brief', extensions: authority, days: 100 });
  leaf = openssl.issue({
    subject: '/CN=leaf',
    issuer: root,
    extensions: server('api-1.example'),
    days: 3000,
  });
  pinned = openssl.issue({ subject: '/CN=pinned', extensions: server('api-1.example'), days: 3000 });
});

afterAll(() => openssl?.close());

function read(content: string | Uint8Array, now = Date.now()) {
  const result = readAuthorities(named('ca.pem', content), { now, path });
  const findings = result.ok ? result.value.findings : result.error;
  for (const finding of findings) expect(finding.path).toEqual(path);
  return {
    accepted: result.ok,
    material: result.ok ? result.value.material : undefined,
    codes: findings.map((finding) => `${finding.severity} ${finding.code}`),
    text: findings.map((finding) => `${finding.what}; ${finding.why}; ${finding.mend}`).join('\n'),
  };
}

test('a bundle keeps its order, without duplicates and without what is no certificate', () => {
  const { material, codes } = read(
    `# ours\r\n${brief.certificate}\n\n${root.certificate}${root.key}${brief.certificate.replaceAll('\n', '\r\n')}`,
  );
  expect(codes).toEqual([]);
  expect(material?.certificates).toEqual([brief.certificate, root.certificate]);
  expect(material?.facts.map((facts) => facts.subject)).toEqual(['CN=Brief', 'CN=Root']);
});

test('a single certificate in binary form is taken', () => {
  const der = openssl.run('x509', '-in', root.certificateFile, '-outform', 'DER');
  expect(read(der).material?.certificates).toEqual([root.certificate]);
});

test('one expired authority is a warning, all expired an error', () => {
  const later = Date.now() + 200 * day;
  expect(read(root.certificate + brief.certificate, later).codes).toEqual(['warning authority-expired']);
  expect(read(root.certificate + brief.certificate, later).accepted).toBe(true);
  expect(read(brief.certificate, later).codes).toEqual(['error authority-expired']);
  expect(read(brief.certificate, later).accepted).toBe(false);
});

test('a certificate that is no authority is a warning, which says whether it is of any use', () => {
  expect(read(pinned.certificate).codes).toEqual(['warning authority-not-ca']);
  expect(read(pinned.certificate).text).toContain('for the one server that holds it');
  expect(read(root.certificate + leaf.certificate).text).toContain('can vouch for nobody');
});

test('an authority whose root is missing verifies nobody', () => {
  const outer = openssl.issue({ subject: '/CN=Outer', issuer: root, extensions: authority });
  const inner = openssl.issue({ subject: '/CN=Inner', issuer: outer, extensions: authority });
  const bundle = (...parts: Issued[]) => read(parts.map((one) => one.certificate).join(''));
  expect(bundle(inner, outer, root).codes).toEqual([]);
  expect(bundle(root, outer, inner).codes).toEqual([]);
  expect(bundle(inner, root).codes).toEqual(['warning authority-without-root']);
  expect(bundle(inner, outer, brief).codes).toEqual([
    'warning authority-without-root',
    'warning authority-without-root',
  ]);
  expect(bundle(inner, outer).codes).toEqual(['error authority-without-root']);
  expect(bundle(leaf).codes).toEqual(['warning authority-not-ca', 'error authority-without-root']);
});

test('a big bundle gets the measured price', () => {
  const many = Array.from({ length: 21 }, (_, i) =>
    openssl.issue({ subject: `/CN=Authority ${i}`, sameKeyAs: root, extensions: authority }),
  );
  const text = many.map((one) => one.certificate).join('');
  expect(read(text).codes).toEqual(['advice authority-bundle-costly']);
  expect(read(text).text).toContain('40 MiB');
  expect(read(text.slice(many[0]?.certificate.length)).codes).toEqual([]);
});

test('what is unreadable is refused with the way out', () => {
  const p7b = ['crl2pkcs7', '-nocrl', '-certfile', root.certificateFile];
  const cases: [string | Uint8Array, string][] = [
    ['', 'is empty'],
    ['hello', 'holds no PEM block'],
    [root.key, 'holds no certificate'],
    [root.certificate + brief.certificate.slice(0, 200), 'is damaged'],
    [root.certificate.replace(/\nM.{10}/, '\nMAAAAAAAAAA'), 'is damaged'],
    [openssl.run(...p7b), 'openssl pkcs7 -print_certs'],
    [openssl.run(...p7b, '-outform', 'DER'), 'openssl pkcs7 -inform DER'],
    [Buffer.alloc(1024 * 1024 + 1, root.certificate), 'larger than 1 MiB'],
  ];
  for (const [content, expected] of cases) {
    expect(read(content).codes).toEqual(['error authority-unreadable']);
    expect(read(content).text).toContain(expected);
  }
});
