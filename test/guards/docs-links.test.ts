import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Draft, readDraft } from '../../src/declaration/draft.ts';
import { listeners } from '../../src/declaration/rules/listeners.ts';
import { pools } from '../../src/declaration/rules/pools.ts';
import { references } from '../../src/declaration/rules/references.ts';
import { formatDiagnostic } from '../../src/kernel/diagnostic.ts';
import { anchorsOf, blocksOf, linksOf, pages, root } from './docs-pages.ts';

// Guards the documentation: links that lead somewhere, declarations that Aorta takes.

describe('links', () => {
  test('there are pages with links', () => {
    expect(pages().length).toBeGreaterThan(20);
    expect(pages().flatMap(({ text }) => linksOf(text)).length).toBeGreaterThan(100);
  });

  test.each(pages())('$file', ({ file, text }) => {
    expect(linksOf(text).flatMap((link) => brokenness(file, text, link.target, link.line))).toEqual([]);
  });

  test('a broken link is seen', () => {
    const text = '# A [b](nowhere.md)\n\n[c](#no) [d](#a-b) `[e](f)` [g](docs-pages.ts)\n';
    const found = linksOf(text).flatMap(({ target, line }) =>
      brokenness('test/guards/x.md', text, target, line),
    );
    expect(found).toEqual(['1: nowhere.md is not there', '3: #no has no such heading or anchor']);
  });
});

function brokenness(file: string, text: string, target: string, line: number): string[] {
  if (/^[a-z]+:/.test(target)) return [];
  const [path = '', anchor] = target.split('#');
  const to = path === '' ? join(root, file) : join(root, dirname(file), path);
  if (path !== '' && !existsSync(to)) return [`${line}: ${target} is not there`];
  if (relative(root, to).startsWith('..')) return [`${line}: ${target} leads out of the repository`];
  if (anchor === undefined) return [];
  if (path !== '' && statSync(to).isDirectory())
    return [`${line}: ${target} is a folder, which has no anchors`];
  const there = path === '' ? text : readFileSync(to, 'utf8');
  return anchorsOf(there).has(anchor) ? [] : [`${line}: ${target} has no such heading or anchor`];
}

describe('declarations', () => {
  const declarations = pages().flatMap(({ file, text }) =>
    blocksOf(text)
      .filter(({ info }) => info === 'yaml aorta')
      .map((block) => ({ ...block, place: `${file}:${block.line}` })),
  );

  test('each of the deployments has one', () => {
    const all = declarations.map(({ text }) => text).join();
    for (const word of ['recommended', 'minimum', 'bridging', 'offload', 'trusted:', 'pfx:']) {
      expect(all).toContain(word);
    }
  });

  test.each(declarations)('$place', ({ text }) => {
    expect(findingsOf(text)).toEqual([]);
  });

  test('a bad declaration is seen', () => {
    const [first] = declarations;
    expect(findingsOf((first?.text ?? '').replace('site:', 'sight:'))).not.toEqual([]);
  });
});

/** Everything that is found without the certificate files, which need not exist. */
function findingsOf(text: string): string[] {
  const draft = readDraft(text, 'page.yaml');
  if (!draft.ok) return draft.error.map(formatDiagnostic);
  const rules = [references, listeners, pools].flatMap((rule) => [...rule(draft.value)]);
  return [...draft.value.findings, ...rules].map((finding) => located(draft.value, finding));
}

function located({ origins }: Draft, finding: Parameters<Draft['origins']['diagnose']>[0]): string {
  return formatDiagnostic(origins.diagnose(finding));
}
