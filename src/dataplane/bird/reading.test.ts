import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readBirdCheck, readComplaints } from './check.ts';
import { readDuty, writeDuty } from './duty.ts';
import { readBirdOutline } from './outline.ts';
import { readSession } from './sessions.ts';
import { readBirdVersion } from './version.ts';

test('the version, and whether it speaks our language', () => {
  expect(readBirdVersion('BIRD version 2.0.12\n')).toEqual({ text: '2.0.12', fits: true });
  expect(readBirdVersion('BIRD version 2.17.1\n')).toEqual({ text: '2.17.1', fits: true });
  expect(readBirdVersion('BIRD version 2.14\n')).toEqual({ text: '2.14', fits: true });
  expect(readBirdVersion('BIRD version 2.0.7\n')?.fits).toBe(false);
  expect(readBirdVersion('BIRD version 1.6.8\n')?.fits).toBe(false);
  expect(readBirdVersion('BIRD version 3.0.1\n')?.fits).toBe(false);
  expect(readBirdVersion('something')).toBeUndefined();
});

describe('what BIRD refuses', () => {
  const ended = { timedOut: false, stdout: '' };

  test('names the line and not the path', () => {
    const stderr = 'bird: /var/lib/aorta/generations/7-abc/bird.conf:12:5 syntax error, unexpected END\n';
    expect(readBirdCheck({ ...ended, code: 1, stderr })).toMatchObject([
      { code: 'bird-refused', what: 'line 12 of bird.conf: syntax error, unexpected END' },
    ]);
    expect(readComplaints(stderr)).toHaveLength(1);
  });

  test('without a word, and never in time', () => {
    expect(readBirdCheck({ ...ended, code: 0, stderr: '' })).toEqual([]);
    expect(readBirdCheck({ ...ended, code: 1, stderr: '' })[0]?.what).toContain('without a word');
    expect(readBirdCheck({ stdout: '', stderr: '', timedOut: true })[0]?.what).toContain('did not end');
  });
});

test('the outline of a file has what the renderer wrote', () => {
  const golden = join(import.meta.dirname, '../../../test/golden/bird/two-families.lb-a/bird.conf');
  expect(readBirdOutline(readFileSync(golden, 'utf8'))).toEqual({
    addresses: ['10.20.0.10', '2001:db8:1::10'],
    routers: [
      { session: 'router_core', address: '10.20.0.1', as: 65_001 },
      { session: 'router_core_6', address: '2001:db8::1', as: 65_002 },
    ],
  });
  expect(readBirdOutline('')).toEqual({ addresses: [], routers: [] });
});

describe('a session', () => {
  test('that is established, with what the router was told', () => {
    const lines = [
      '  BGP state:          Established',
      '    Routes:         0 imported, 2 exported, 0 preferred',
    ];
    expect(readSession(lines)).toEqual({ state: 'established', told: 2 });
  });

  test('that is not, with what ended it', () => {
    const lines = [
      '  BGP state:          Active',
      '    Last error:       Socket: Connection refused',
      '    Routes:         0 imported, 2 exported, 0 preferred',
    ];
    expect(readSession(lines)).toEqual({
      state: 'active',
      told: 0,
      lastError: 'Socket: Connection refused',
    });
  });

  test('that there is none of', () => {
    expect(readSession(['syntax error'])).toBeUndefined();
  });
});

test('duty is written in place, and only where it is wanted', () => {
  const directory = mkdtempSync(join(tmpdir(), 'aorta-duty-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'duty');
  writeDuty(file, false, 'change');
  expect(readDuty(file)).toBeUndefined();
  writeDuty(file, true, 'create');
  expect([readDuty(file), readFileSync(file, 'utf8')]).toEqual([{ fault: true }, 'disabled yes;\n']);
  writeDuty(file, false, 'change');
  expect([readDuty(file), readFileSync(file, 'utf8')]).toEqual([{ fault: false }, 'disabled no ;\n']);
  writeFileSync(file, 'anything');
  expect(readDuty(file)).toEqual({ fault: true });
});
