import { expect, test } from 'vitest';
import { readAlerts, readCheck } from './check.ts';

test('alerts have their line; summaries and warnings are left out', () => {
  const stderr = `[NOTICE]   (9) : haproxy version is 2.6.12
[WARNING]  (9) : config : parsing [/s/haproxy.cfg:3] : something harmless
[ALERT]    (9) : config : parsing [/s/haproxy.cfg:9] : unknown proxy mode 'htttp'.
[ALERT]    (9) : config : backend 'pool': no address.
[ALERT]    (9) : config : Error(s) found in configuration file : /s/haproxy.cfg
[ALERT]    (9) : config : Fatal errors found in configuration.
`;
  expect(readAlerts(stderr)).toEqual([
    { line: 9, what: "unknown proxy mode 'htttp'" },
    { what: "backend 'pool': no address" },
  ]);
});

test('a failed bind has its line too, and continued lines belong to their alert', () => {
  const stderr = `[ALERT]    (6173) : Binding [/s/current/haproxy.cfg:16] for frontend fe: cannot bind socket
  (Address already in use) for [127.91.3.7:8099]
[ALERT]    (6173) : [haproxy.main()] Some protocols failed to start their listeners! Exiting.
`;
  expect(readAlerts(stderr)).toEqual([
    { line: 16, what: 'frontend fe: cannot bind socket (Address already in use) for [127.91.3.7:8099]' },
  ]);
});

test('a refusal without an alert, or without an end, is still a refusal', () => {
  expect(readCheck({ code: 1, timedOut: false, stdout: '', stderr: '' })).toMatchObject([
    { code: 'check-failed' },
  ]);
  expect(readCheck({ timedOut: true, stdout: '', stderr: '' })).toMatchObject([
    { what: expect.stringContaining('60 s') },
  ]);
  const only = '[ALERT]    (9) : config : Fatal errors found in configuration.\n';
  expect(readCheck({ code: 1, timedOut: false, stdout: '', stderr: only })).toMatchObject([
    { what: 'Fatal errors found in configuration' },
  ]);
});

test('warnings do not refuse', () => {
  expect(readCheck({ code: 0, timedOut: false, stdout: '', stderr: '[WARNING]  (9) : config : x' })).toEqual(
    [],
  );
});
