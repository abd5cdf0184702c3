import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** The repository's top folder. */
export const root = resolve(import.meta.dirname, '..');

const skipped = new Set(['node_modules', 'fixtures', '.aorta', '.tools', 'dist']);

/** Files with one of `endings` in `folders` below `base`, as sorted paths relative to `base`. Folders may be missing. */
export function filesUnder(base: string, folders: readonly string[], endings: readonly string[]): string[] {
  return folders
    .flatMap((folder) => walk(join(base, folder), endings))
    .map((file) => relative(base, file))
    .sort();
}

function walk(folder: string, endings: readonly string[]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(path, endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}
