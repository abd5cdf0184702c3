import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blueprintPage } from './docs/blueprint-page.ts';
import { capacityPage } from './docs/capacity-page.ts';
import { dearTable } from './docs/dear-table.ts';
import { declarationPage } from './docs/declaration-page.ts';
import { editorSchema } from './docs/editor-schema.ts';
import { findingsPage } from './docs/findings-page.ts';
import { formatted } from './docs/formatted.ts';
import { metricsPage } from './docs/metrics-page.ts';
import { planPage } from './docs/plan-page.ts';
import { withPart } from './docs/with-part.ts';

/** Writes the reference that follows from the sources. `--check` writes nothing, names stale files and exits 1. */

const root = join(import.meta.dirname, '..');

const pages: Readonly<Record<string, () => string>> = {
  'docs/capacity.md': capacityPage,
  'docs/reference/declaration.md': declarationPage,
  'docs/reference/blueprints/meditech-restful-api.md': blueprintPage,
  'docs/reference/findings.md': findingsPage,
  'docs/reference/metrics.md': metricsPage,
  'docs/reference/plan.md': planPage,
  'docs/reference/declaration.schema.json': editorSchema,
};

/** Parts of pages that are written by hand, between marks. */
const parts: Readonly<Record<string, { readonly part: string; readonly text: () => string }>> = {
  'docs/performance.md': { part: 'docs: dear', text: dearTable },
};

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const unknown = process.argv.slice(2).filter((argument) => argument !== '--check');
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(' ')}; the only option is --check`);
  process.exit(2);
}
const checkOnly = process.argv.includes('--check');

const stale: string[] = [];
const made = new Map(Object.entries(pages).map(([page, generate]) => [page, generate()]));
for (const [page, { part, text }] of Object.entries(parts))
  made.set(page, withPart((await textOf(join(root, page))) ?? '', part, text()));
for (const [page, whole] of made) {
  const file = join(root, page);
  const text = formatted(whole, page, root);
  if ((await textOf(file)) === text) continue;
  stale.push(page);
  if (checkOnly) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

for (const page of stale) console.log(`${checkOnly ? 'stale' : 'wrote'} ${page}`);
if (stale.length === 0) console.log(`${made.size} pages are up to date`);
if (checkOnly && stale.length > 0) {
  console.error('run `npm run docs` and commit what it writes');
  process.exitCode = 1;
}
