import { afterAll, beforeAll, expect, test } from 'vitest';
import { authority, type Issued, named, OpensslFixture } from './openssl-fixture.ts';
import { type PairKeyFiles, readPairKeys } from './pair-keys.ts';

let openssl: OpensslFixture;
let root: Issued;
let member: Issued;
let stranger: Issued;
beforeAll(() => {
  openssl = new OpensslFixture();
  const subject = '/CN=Aorta pair';
  root = openssl.issue({ subject, extensions: authority });
  // The same name, and another key.
  stranger = openssl.issue({ subject, extensions: authority });
  member = openssl.issue({ subject: '/CN=lb-a', issuer: root, extensions: ['subjectAltName=DNS:lb-a'] });
});
afterAll(() => openssl.close());

const files = (over: Partial<PairKeyFiles> = {}): PairKeyFiles => ({
  authority: named('authority.pem', root.certificate),
  certificate: named('lb-a.pem', member.certificate),
  key: named('lb-a.key', member.key),
  ...over,
});

test('the keys of a member', () => {
  const read = readPairKeys(files(), Date.now());
  expect(read).toMatchObject({
    ok: true,
    value: { authority: root.certificate, certificate: member.certificate },
  });
  expect(JSON.stringify(read)).not.toContain('PRIVATE KEY');
});

const day = 86_400_000;

test.each<[string, () => PairKeyFiles, number, string]>([
  [
    'another authority of the same name',
    () => files({ authority: named('a.pem', stranger.certificate) }),
    0,
    'not-of-the-pair',
  ],
  [
    'a member in the place of the authority',
    () => files({ authority: named('a.pem', member.certificate) }),
    0,
    'authority-unreadable',
  ],
  [
    'two authorities',
    () => files({ authority: named('a.pem', root.certificate + stranger.certificate) }),
    0,
    'authority-unreadable',
  ],
  ['no authority', () => files({ authority: named('a.pem', '') }), 0, 'authority-unreadable'],
  ['the key of somebody else', () => files({ key: named('k.key', root.key) }), 0, 'certificate-key-mismatch'],
  ['no key', () => files({ key: named('k.key', 'nothing') }), 0, 'certificate-unreadable'],
  [
    'garbage',
    () =>
      files({ certificate: named('c.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----') }),
    0,
    'certificate-unreadable',
  ],
  ['ended', () => files(), 366 * day, 'certificate-expired'],
  ['not begun', () => files(), -day, 'certificate-not-yet-valid'],
])('%s', (_name, given, later, code) => {
  const read = readPairKeys(given(), Date.now() + later);
  expect(read).toMatchObject({ ok: false, error: { code } });
  expect(JSON.stringify(read)).not.toContain('PRIVATE KEY');
});
