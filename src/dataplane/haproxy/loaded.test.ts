import { expect, test } from 'vitest';
import { readCertificateNames, readEntries, readFingerprint, readListNames } from './loaded.ts';

test('certificates are told from changes that are not committed', () => {
  expect(readCertificateNames('# transaction\n*certs/a.pem\n# filename\ncerts/a.pem\ncerts/b.pem\n')).toEqual(
    ['certs/a.pem', 'certs/b.pem'],
  );
});

test('the fingerprint is that of the leaf, in lower case; an empty certificate has none', () => {
  const text =
    'Filename: certs/a.pem\nStatus: Used\nSHA1 FingerPrint: D98E85CE99842858F4BD44A436C0BA68650786F8\n';
  expect(readFingerprint(text)).toBe('d98e85ce99842858f4bd44a436c0ba68650786f8');
  expect(readFingerprint('Filename: certs/a.pem\nStatus: Unused\n')).toBeUndefined();
});

test('lists of haproxy.cfg itself are left out', () => {
  const line = "used by acl at file '/x/haproxy.cfg' line 26. curr_ver=0 next_ver=0 entry_cnt=1";
  expect(
    readListNames(
      `# id (file) description\n0 (networks/live.list) pattern loaded from file 'networks/live.list' ${line}\n1 () acl 'src' file 'x' line 26. curr_ver=0\n`,
    ),
  ).toEqual(['networks/live.list']);
});

test('entries stand behind an address and are sorted', () => {
  expect(readEntries('0x7f9e2675c000 10.2.0.0/16\n0x55dea7373910 10.1.0.0/16\n')).toEqual([
    '10.1.0.0/16',
    '10.2.0.0/16',
  ]);
  expect(readEntries('')).toEqual([]);
});
