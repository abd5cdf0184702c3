// Every test, then the tests of the running product once more with each other supported HAProxy.

import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { haproxyBinaries } from './haproxy3.ts';
import { root } from './source-files.ts';

function run(title: string, words: readonly string[], env: NodeJS.ProcessEnv): boolean {
  console.log(`-- ${title}`);
  const command = [join(root, 'scripts/test.ts'), ...words];
  return spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit', env }).status === 0;
}

// Also what takes minutes, of which `npm test` runs a sample.
process.env['AORTA_TEST_WHOLE'] = '1';

const [own, ...others] = await haproxyBinaries();
const results = [run(`HAProxy ${own?.version ?? ''}: every test`, [], process.env)];
for (const { version, path } of others) {
  const env = {
    ...process.env,
    // The product looks its HAProxy up; the harnesses of single rooms are told.
    PATH: `${dirname(path)}${delimiter}${process.env['PATH'] ?? ''}`,
    AORTA_TEST_HAPROXY: path,
  };
  const words = ['--project', 'system', 'test/e2e', 'test/integration', 'test/change', 'test/hostile'];
  results.push(run(`HAProxy ${version}: the running product`, words, env));
  // As in CI, of five scenarios one variant: all of them three times take two hours.
  const sampled = { ...env, CI: 'true', AORTA_TEST_WHOLE: '' };
  results.push(run(`HAProxy ${version}: scenarios`, ['--project', 'scenarios'], sampled));
}
process.exit(results.includes(false) ? 1 : 0);
