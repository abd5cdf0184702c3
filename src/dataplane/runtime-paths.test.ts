import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { prepareRuntimeDirectory, runtimePaths } from './runtime-paths.ts';

test.each([`/srv/${'x'.repeat(90)}`, '/srv/with blank', '/srv/with,comma', '/srv/ä'])(
  '%s is no place for sockets',
  (state) => {
    const paths = runtimePaths(state);
    expect(paths.directory).not.toContain(state);
    expect(Buffer.byteLength(`${paths.identitySocket}.4194304.tmp`)).toBeLessThanOrEqual(107);
    expect(runtimePaths(`${state}/`)).toEqual(paths);
    expect(runtimePaths(`${state}2`).directory).not.toBe(paths.directory);
  },
);

test('sockets live below a state directory that is short enough', () => {
  expect(runtimePaths('/var/lib/aorta').adminSocket).toBe('/var/lib/aorta/run/admin.sock');
});

test('a directory that others could write to, or a link, is refused', () => {
  const parent = mkdtempSync(join(tmpdir(), 'aorta-test-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const paths = runtimePaths(parent);
  prepareRuntimeDirectory(paths);
  expect(statSync(paths.directory).mode & 0o777).toBe(0o700);
  chmodSync(paths.directory, 0o777);
  expect(() => prepareRuntimeDirectory(paths)).toThrow(expect.objectContaining({ code: 'state-unusable' }));
  rmSync(paths.directory, { recursive: true });
  symlinkSync('/etc', paths.directory);
  expect(() => prepareRuntimeDirectory(paths)).toThrow(expect.objectContaining({ code: 'state-unusable' }));
});
