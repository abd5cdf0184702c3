import { expect, test } from 'vitest';
import { readComplaints, readKeepalivedCheck } from './check.ts';

const execution = { timedOut: false, stdout: '', stderr: '' };

test('a file that keepalived takes has no problem', () => {
  const stderr = '"vrrp_track_file" is deprecated, please use "track_file"\n';
  expect(readKeepalivedCheck({ ...execution, code: 0, stderr })).toEqual([]);
});

test('what keepalived refuses is told with its line', () => {
  const stderr = `"vrrp_track_file" is deprecated, please use "track_file"
(/srv/state/generations/3-0a1b2c3d/keepalived.conf: Line 26) Unknown keyword 'virtual_rooter_id'
(main) the virtual router id must be set
`;
  expect(readKeepalivedCheck({ ...execution, code: 5, stderr })).toMatchObject([
    {
      code: 'keepalived-refused',
      what: "line 26 of keepalived.conf: Unknown keyword 'virtual_rooter_id'",
    },
    { what: '(main) the virtual router id must be set' },
  ]);
});

test.each([
  [{ ...execution, code: 4 }, 'exit code 4'],
  [{ ...execution, timedOut: true }, '30 s'],
])('a refusal without a word is one', (ended, what) => {
  expect(readKeepalivedCheck(ended)).toMatchObject([{ what: expect.stringContaining(what) }]);
});

test('in its log, what is wrong is told from what it always says', () => {
  const log = `Mon Nov 30 18:24:04 2026: Starting Keepalived v2.2.7 (01/16,2022)
Mon Nov 30 18:24:04 2026: Running on Linux 6.18 #1 SMP (built for Linux 5.19.11)
Mon Nov 30 18:24:04 2026: Command line: 'keepalived' '-n' '-P' '-l' '-r'
Mon Nov 30 18:24:04 2026:               'run/vrrp.pid'
Mon Nov 30 18:24:04 2026: Configuration file /tmp/kx/keepalived.conf
Mon Nov 30 18:24:04 2026: NOTICE: setting config option max_auto_priority should result in better performance
Mon Nov  9 18:24:10 2026: Reloading
Mon Nov 30 18:24:10 2026: (/tmp/kx/keepalived.conf: Line 26) Unknown keyword 'virtual_rooter_id'
Mon Nov 30 18:24:10 2026: Stopped - used 0.004960 user time, 0.014881 system time
Mon Nov 30 18:24:10 2026: pid 18 exited with permanent error CONFIG. Terminating
Mon Nov 30 18:24:10 2026: CPU usage (self/children) user: 0.025206/0.005471 system: 0.014403/0.021885
Mon Nov 30 18:24:10 2026: Stopped Keepalived v2.2.7 (01/16,2022)
`;
  expect(readComplaints(log)).toEqual(["line 26 of keepalived.conf: Unknown keyword 'virtual_rooter_id'"]);
});
