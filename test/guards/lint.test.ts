import { execFileSync, spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { filesUnder, root } from '../../scripts/source-files.ts';

const fixtures = join(import.meta.dirname, 'fixtures/lint');
const oxlint = join(root, 'node_modules/.bin/oxlint');
const files = filesUnder(fixtures, ['src'], ['.ts']);

type Diagnostic = { code: string; filename: string };

describe('lint rules', () => {
  let found: Diagnostic[];
  beforeAll(() => {
    const args = ['--type-aware', '-c', join(root, '.oxlintrc.json'), '-f', 'json', 'src'];
    const { stdout } = spawnSync(oxlint, args, { cwd: fixtures, encoding: 'utf8' });
    found = (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
  });

  // Each fixture is named after the rule it breaks.
  test.each(files.filter((file) => basename(file) !== 'allowed.ts'))('%s', (file) => {
    const codes = found.filter(({ filename }) => filename === file).map(({ code }) => code);
    expect(codes.map((code) => code.replace(/^.*\((.*)\)$/, '$1'))).toContain(basename(file, '.ts'));
  });

  test('what is allowed outside the pure rooms is not reported', () => {
    expect(found.filter(({ filename }) => basename(filename) === 'allowed.ts')).toEqual([]);
  });

  test('oxlint-tsgolint is there: without it the type-aware rules are silent', () => {
    expect(execFileSync(oxlint, ['--version'], { encoding: 'utf8' })).toMatch(/\d/);
    expect(found.some(({ code }) => code.includes('no-floating-promises'))).toBe(true);
  });
});
