import { expect, test } from 'vitest';
import type { CertificateSource } from '../model/certificate.ts';
import { type NewFiles, replacedFiles } from './replaced-files.ts';

const pem: CertificateSource = { kind: 'pem', files: ['live.pem'] };
const pair: CertificateSource = { kind: 'pem', files: ['live.crt', 'live.key'], passwordFile: 'live.pass' };
const pfx: CertificateSource = { kind: 'pfx', file: 'live.pfx', passwordFile: 'live.pass' };

test.each<[string, CertificateSource, NewFiles<string>, string]>([
  ['a key is missing', pair, { file: 'new' }, 'live is declared with its key in a file of its own'],
  [
    'a key is too much',
    pem,
    { file: 'new', key: 'key' },
    'live is declared as one file that holds its key too',
  ],
  [
    'a key with a PFX',
    pfx,
    { file: 'new', key: 'key' },
    'live is declared as one file that holds its key too',
  ],
  ['a password is too much', pem, { file: 'new', password: 'pass' }, 'live is declared without a password'],
])('another form than declared is refused: %s', (_, source, files, message) => {
  const replaced = replacedFiles('live', source, files);
  if (replaced.ok) throw new Error('taken');
  expect(replaced.error).toMatchObject({ code: 'bad-request', message });
});

test.each<[CertificateSource, NewFiles<string>, Record<string, string>]>([
  [pem, { file: 'new' }, { 'live.pem': 'new' }],
  [pair, { file: 'new', key: 'key' }, { 'live.crt': 'new', 'live.key': 'key' }],
  [
    pair,
    { file: 'new', key: 'key', password: 'p' },
    { 'live.crt': 'new', 'live.key': 'key', 'live.pass': 'p' },
  ],
  [pfx, { file: 'new', password: 'p' }, { 'live.pfx': 'new', 'live.pass': 'p' }],
])('the new files take the place of the declared ones: %j', (source, files, wanted) => {
  const replaced = replacedFiles('live', source, files);
  expect(replaced.ok && Object.fromEntries(replaced.value)).toEqual(wanted);
});
