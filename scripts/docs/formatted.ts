import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';

/** A page as the formatter of this repository writes it, so that the two agree on what is up to date. */
export function formatted(text: string, page: string, root: string): string {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  return execFileSync(process.execPath, [biome, 'format', `--stdin-file-path=${basename(page)}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
}
