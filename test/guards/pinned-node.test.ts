import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/source-files.ts';

test('.node-version, the runtime package and the running Node are one version', () => {
  const pinned = readFileSync(join(root, '.node-version'), 'utf8').trim();
  const runtime = JSON.parse(readFileSync(join(root, 'scripts/runtime/package.json'), 'utf8'));
  expect(Object.values(runtime.optionalDependencies)).toEqual([pinned, pinned]);
  expect(process.version).toBe(`v${pinned}`);
});
