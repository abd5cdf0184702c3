import { expect, test } from 'vitest';
import { capabilitiesOf, detectHaproxy, readVersion } from './version.ts';

test('a program that is missing, or is not HAProxy, is refused', async () => {
  await expect(detectHaproxy('no-such-program')).rejects.toMatchObject({ code: 'haproxy-missing' });
  await expect(detectHaproxy('/etc/passwd')).rejects.toMatchObject({ code: 'haproxy-missing' });
  await expect(detectHaproxy(process.execPath)).rejects.toMatchObject({ code: 'haproxy-missing' });
});

test.each([
  ['HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/', [2, 6], false, false],
  ['HAProxy version 3.0.11-1+deb13u5 2026/11/18 - https://haproxy.org/', [3, 0], true, true],
  ['HA-Proxy version 2.4.22-f8e3218 2023/02/14', [2, 4], false, false],
  ['HAProxy version 2.10.0 2030/01/01', [2, 10], true, false],
] as const)('%s', (text, branch, synchronousReload, dynamicCookie) => {
  expect(readVersion(text)?.branch).toEqual(branch);
  expect(capabilitiesOf(branch)).toEqual({ synchronousReload, dynamicCookie });
});

test('the installed one is found with its absolute path', async () => {
  expect((await detectHaproxy('haproxy')).binary).toMatch(/^\/.*haproxy$/);
});
