import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/source-files.ts';

const config = join(import.meta.dirname, 'fixtures/runner/vitest.config.ts');

function run(file: string, env: Record<string, string> = {}) {
  const { CI: _, ...outer } = process.env;
  const args = [join(root, 'scripts/test.ts'), '--config', config, file];
  const { stdout, status } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...outer, ...env },
  });
  return { lastLine: stdout.trimEnd().split('\n').at(-1), status };
}

test.each([
  ['passing', '1 passed, 0 failed', 0],
  ['failing', '1 passed, 1 failed', 1],
  ['broken', '0 passed, 1 failed', 1],
  ['hook', '1 passed, 1 failed', 1],
  ['unhandled', '1 passed, 0 failed', 1],
  ['no-such-file', '0 passed, 0 failed', 1],
  ['skipping', '1 passed, 0 failed, 1 skipped', 0],
])('%s: %s', (file, lastLine, status) => {
  expect(run(`${file}.test.ts`)).toEqual({ lastLine, status });
});

test('in CI a skipped test is a failure', () => {
  expect(run('skipping.test.ts', { CI: 'true' })).toEqual({
    lastLine: '1 passed, 0 failed, 1 skipped',
    status: 1,
  });
});
