import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

/** Whether the files are written anew, for review, instead of being compared. */
export const update = process.env['UPDATE_GOLDEN'] === '1';

/** Holds files to those that a directory has, which must be just these. @param files by path within it */
export function expectAgreed(directory: string, files: ReadonlyMap<string, string>): void {
  if (update) {
    rmSync(directory, { recursive: true, force: true });
    for (const [path, content] of files) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
  }
  expect(files).toEqual(agreedIn(directory));
}

function agreedIn(directory: string): Map<string, string> {
  if (!existsSync(directory)) return new Map();
  return new Map(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]),
  );
}
