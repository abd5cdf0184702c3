import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { haproxyBinaries } from './haproxy3.ts';

test('both supported releases of HAProxy check a configuration on this machine', async () => {
  const binaries = await haproxyBinaries();
  expect(binaries.map(({ version }) => version.split('.').slice(0, 2).join('.')).sort()).toEqual([
    '2.6',
    '3.0',
  ]);

  const folder = mkdtempSync(join(tmpdir(), 'aorta-haproxy-'));
  const good = join(folder, 'good.cfg');
  const bad = join(folder, 'bad.cfg');
  writeFileSync(
    good,
    'defaults\n  mode http\n  timeout client 5s\nfrontend f\n  bind unix@/nowhere.sock\n  http-request deny\n',
  );
  writeFileSync(bad, 'no such section\n');
  try {
    for (const { path } of binaries) {
      expect(spawnSync(path, ['-c', '-f', good], { encoding: 'utf8' })).toMatchObject({ status: 0 });
      expect(spawnSync(path, ['-c', '-f', bad], { encoding: 'utf8' })).toMatchObject({ status: 1 });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
