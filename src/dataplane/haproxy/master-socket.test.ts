import { expect, test } from 'vitest';
import { readProcesses } from './master-socket.ts';

const header = '#<PID>          <type>          <reloads>       <uptime>        <version>      \n';

test.each([
  ['cut off', `${header}12 master 0 [failed: 0] 0d00h00m01s 2.6.12\n`],
  ['without a master', `${header}# workers\n# programs\n\n`],
  ['an error', 'Unknown command.\n\n'],
  ['empty', ''],
])('a list that is %s is no list', (_, text) => {
  expect(readProcesses(text)).toBeUndefined();
});

test('reads master, workers and leaving workers', () => {
  const text = `${header}1162            master          5 [failed: 2]   0d00h02m07s     2.6.12-1+deb12u4
# workers
1271            worker          1               1d02h03m04s     2.6.12-1+deb12u4
# old workers
1233            worker          3               0d00h00m43s     2.6.12-1+deb12u4
# programs
1244            foo             0               0d00h00m00s     -

`;
  expect(readProcesses(text)).toEqual({
    master: { pid: 1162, reloads: 5, failed: 2, version: '2.6.12-1+deb12u4' },
    workers: [{ pid: 1271, uptime: 93_784_000, version: '2.6.12-1+deb12u4' }],
    leaving: [{ pid: 1233, uptime: 43_000, version: '2.6.12-1+deb12u4' }],
  });
});
