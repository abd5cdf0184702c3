import { expect, test } from 'vitest';
import { detectKeepalived, readKeepalivedVersion } from './version.ts';

test.each([
  ['Keepalived v2.2.7 (01/16,2022)\n\nCopyright(C) 2001-2022', { text: '2.2.7', enough: true }],
  ['Keepalived v2.3.3 (03/30,2025)\n', { text: '2.3.3', enough: true }],
  ['Keepalived v3.0.0 (01/01,2030)\n', { text: '3.0.0', enough: true }],
  ['Keepalived v2.1.5 (07/13,2020)\n', { text: '2.1.5', enough: false }],
  ['Keepalived v1.3.5 (03/19,2017)\n', { text: '1.3.5', enough: false }],
  ['HAProxy version 2.6.12\n', undefined],
])('%s', (text, version) => {
  expect(readKeepalivedVersion(text)).toEqual(version);
});

test('one that is not there is said to be missing, and how to get it', async () => {
  await expect(detectKeepalived('/nowhere/keepalived')).rejects.toMatchObject({
    code: 'keepalived-missing',
    message: 'there is no program /nowhere/keepalived',
    mend: expect.stringContaining('install the package keepalived'),
  });
});

test('another program is no keepalived', async () => {
  await expect(detectKeepalived('/bin/true')).rejects.toMatchObject({ code: 'keepalived-missing' });
});
