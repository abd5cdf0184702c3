import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** A page of the documentation. `file` is relative to the repository. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

export function pages(): Page[] {
  const files = [join(root, 'README.md'), ...globSync(join(root, 'docs/**/*.md'))];
  return files.sort().map((file) => ({ file: relative(root, file), text: readFileSync(file, 'utf8') }));
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

/** The links of a page, those in code left out. */
export function linksOf(text: string): Link[] {
  return linesOutsideCode(text).flatMap(({ line, text: prose }) =>
    [...prose.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map((match) => ({
      line,
      target: match[1] ?? '',
    })),
  );
}

/** Every place of a page that a link can lead to: headings as GitHub names them, and `<a id>`. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const { text: line } of linesOutsideCode(text)) {
    for (const match of line.matchAll(/<a id="([^"]+)">/g)) anchors.add(match[1] ?? '');
    const heading = /^#{1,6} (.+)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    let unique = slug;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${slug}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** As GitHub makes it: link texts only, lower case, no punctuation, hyphens for blanks. */
function slugOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

export interface Block {
  readonly line: number;
  readonly info: string;
  readonly text: string;
}

/** The fenced blocks of a page. */
export function blocksOf(text: string): Block[] {
  const blocks: { line: number; info: string; lines: string[] }[] = [];
  let open: { line: number; info: string; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (fence === null) {
      open?.lines.push(line);
    } else if (open === undefined) {
      open = { line: index + 1, info: (fence[1] ?? '').trim(), lines: [] };
    } else {
      blocks.push(open);
      open = undefined;
    }
  }
  return blocks.map(({ line, info, lines }) => ({ line, info, text: `${lines.join('\n')}\n` }));
}

function linesOutsideCode(text: string): { readonly line: number; readonly text: string }[] {
  let inCode = false;
  return text.split('\n').flatMap((line, index) => {
    const fence = /^\s*```/.test(line);
    if (fence) inCode = !inCode;
    return fence || inCode ? [] : [{ line: index + 1, text: line }];
  });
}
