import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileIr } from '../ir/haproxy.ts';
import { Secret } from '../kernel/secret.ts';
import { authority, OpensslFixture, server } from '../pki/openssl-fixture.ts';
import { certificateFingerprints } from './certificate-fingerprints.ts';
import { desired } from './drift-fixture.ts';

let openssl: OpensslFixture;
beforeAll(() => {
  openssl = new OpensslFixture();
});
afterAll(() => openssl?.close());

test('of the leaf, as HAProxy writes it, and only of what a listener uses', () => {
  const root = openssl.issue({ subject: '/CN=Root', extensions: authority });
  const leaf = openssl.issue({
    subject: '/CN=leaf',
    issuer: root,
    extensions: server('live.stelsewhere.example'),
  });
  const file = (path: string): FileIr => ({
    kind: 'certificate',
    path,
    origin: [],
    chain: [leaf.certificate, root.certificate],
    key: new Secret(leaf.key),
  });
  const lists = desired.files.filter(({ kind }) => kind === 'certificate-list');
  const ir = { ...desired, files: [file('certs/live.pem'), file('certs/spare.pem'), ...lists] };
  const said = openssl.run('x509', '-in', leaf.certificateFile, '-noout', '-fingerprint', '-sha1').toString();
  const expected = said.trim().split('=')[1]?.replaceAll(':', '').toLowerCase();
  expect(expected).toMatch(/^[0-9a-f]{40}$/);
  expect(certificateFingerprints(ir)).toEqual(new Map([['certs/live.pem', expected]]));
});
