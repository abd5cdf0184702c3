import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import configuration from '../.dependency-cruiser.mjs';
import { filesUnder, root } from './source-files.ts';

const trees = ['src', 'lab', 'web', 'scripts'];

/** One import that a rule forbids. `from` and `to` are paths relative to the tree that was looked at. */
export type Breach = { rule: string; from: string; to: string; why: string };
export type Boundaries = { modules: string[]; breaches: Breach[] };

/** Looks at the imports of every source tree below `base` that exists. */
export async function boundariesOf(base: string): Promise<Boundaries> {
  const present = trees.filter((tree) => existsSync(join(base, tree)));
  const { options, ...ruleSet } = configuration;
  const { output } = await cruise(present, { ...options, baseDir: base, ruleSet, validate: true });
  const { modules, summary } = output as ICruiseResult;
  return {
    modules: modules.map((module) => module.source),
    breaches: summary.violations.map(({ rule, from, to }) => ({
      rule: rule.name,
      from,
      to,
      why: configuration.forbidden.find(({ name }) => name === rule.name)?.comment ?? '',
    })),
  };
}

/**
 * Source files the cruiser did not see. It needs the JavaScript API of TypeScript 6; with TypeScript 7 alone it finds no module
 * at all and reports success, so whoever trusts it has to ask this as well.
 */
export function unseen(boundaries: Boundaries, files: string[]): string[] {
  const seen = new Set(boundaries.modules);
  return files.filter((file) => !seen.has(file));
}

async function main(): Promise<number> {
  const boundaries = await boundariesOf(root);
  const files = filesUnder(root, trees, ['.ts', '.tsx', '.mjs']);
  const blind = unseen(boundaries, files);
  for (const { rule, from, to, why } of boundaries.breaches) {
    console.error(`${from}: ${rule}: imports ${to} (${why})`);
  }
  for (const file of blind) console.error(`${file}: not seen by dependency-cruiser`);
  if (files.length === 0) console.error('no source file found');
  console.log(`${files.length} source files, ${boundaries.breaches.length} forbidden imports`);
  return boundaries.breaches.length + blind.length > 0 || files.length === 0 ? 1 : 0;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main();
}
