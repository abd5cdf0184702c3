// What CI runs, in this order. Every quick check runs even when one before it failed; the tests only when all of them pass.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './source-files.ts';

type Check = { name: string; command: string[]; needs?: string };

const tool = (name: string) => join(root, 'node_modules/.bin', name);
const script = (name: string) => [process.execPath, join(root, 'scripts', name)];

const checks: Check[] = [
  { name: 'format', command: [tool('biome'), 'check', '--error-on-warnings'] },
  {
    name: 'lint',
    command: [tool('oxlint'), '--type-aware', '--deny-warnings', '--ignore-pattern', '**/fixtures/**'],
  },
  { name: 'types', command: [tool('tsc'), '-p', '.'] },
  { name: 'boundaries', command: script('boundaries.ts') },
  { name: 'source rules', command: script('source-rules.ts') },
  // Until the product has its entry nothing is reachable, and every export would be "unused".
  { name: 'unused code', command: [tool('knip'), '--no-progress'], needs: 'src/main.ts' },
  { name: 'generated files', command: [...script('docs.ts'), '--check'], needs: 'scripts/docs.ts' },
];

function run({ name, command, needs }: Check): boolean {
  if (needs !== undefined && !existsSync(join(root, needs))) {
    console.log(`-- ${name}: nothing to check before there is a ${needs}`);
    return true;
  }
  console.log(`-- ${name}`);
  const began = performance.now();
  const [program = '', ...args] = command;
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) console.error(error.message);
  console.log(`   ${status === 0 ? 'ok' : 'FAILED'} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return status === 0;
}

const failed = checks.filter((check) => !run(check)).map(({ name }) => name);
if (failed.length > 0) {
  console.error(`\nverify failed: ${failed.join(', ')}. The tests were not run.`);
  process.exit(1);
}
// For a developer between two commits: everything that takes seconds.
if (process.argv.includes('--checks')) process.exit(0);
console.log('-- tests');
const { status } = spawnSync(process.execPath, [join(root, 'scripts/test.ts')], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
