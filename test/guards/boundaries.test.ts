import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import configuration from '../../.dependency-cruiser.mjs';
import { type Boundaries, boundariesOf, unseen } from '../../scripts/boundaries.ts';
import { filesUnder, root } from '../../scripts/source-files.ts';

const trees = ['src', 'lab', 'web', 'scripts'];
const fixtures = join(import.meta.dirname, 'fixtures/boundaries');
const rules = configuration.forbidden.map(({ name }) => name);

describe('import rules', () => {
  let boundaries: Boundaries;
  beforeAll(async () => {
    boundaries = await boundariesOf(fixtures);
  });

  test.each(rules)('%s is broken by its fixture', (rule) => {
    expect(boundaries.breaches.map((breach) => breach.rule)).toContain(rule);
  });

  test('what a rule allows breaks none', () => {
    const allowed = /\/(allowed|digest|noun|noun-fixture|noun\.test)\.ts$/;
    expect(boundaries.modules.filter((file) => file.endsWith('/allowed.ts')).length).toBeGreaterThan(5);
    expect(boundaries.breaches.filter(({ from }) => allowed.test(from))).toEqual([]);
  });

  test('a room may import from itself', () => {
    // A rule that forgets its own room reports most of the files in it, so try each against its own pattern.
    for (const { name, from, to } of configuration.forbidden) {
      const room = /^layer-(\w+)$/.exec(name)?.[1];
      if (room === undefined) continue;
      const [path, pathNot] = [from, to].map((side, index) => String(index === 0 ? side.path : side.pathNot));
      expect(`src/${room}/file.ts`).toMatch(new RegExp(path ?? ''));
      expect(`src/${room}/file.ts`).toMatch(new RegExp(pathNot ?? ''));
    }
  });

  test('each fixture breaks one rule only', () => {
    const perFile = Map.groupBy(boundaries.breaches, ({ from }) => from);
    expect([...perFile].filter(([, breaches]) => breaches.length > 1)).toEqual([]);
  });
});

describe('the real tree', () => {
  test('every source file is seen', async () => {
    const files = filesUnder(root, trees, ['.ts', '.tsx', '.mjs']);
    expect(files.length).toBeGreaterThan(0);
    expect(unseen(await boundariesOf(root), files)).toEqual([]);
  });

  test('a cruise that saw nothing is noticed', () => {
    expect(unseen({ modules: [], breaches: [] }, ['src/main.ts'])).toEqual(['src/main.ts']);
  });
});
