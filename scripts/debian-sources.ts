import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file for apt's sources.list.d. */
export type SourcesFile = { name: string; text: string };

/**
 * The machine's own package sources, read for another release: same mirrors, same keys, other suites. Sources that are not the
 * release's own (those of other vendors) are left out.
 */
export function aptSourcesFor(own: string, wanted: string, etc = '/etc/apt'): SourcesFile[] {
  const parts = join(etc, 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts) : [];
  const files = [
    ...names
      .filter((name) => name.endsWith('.list') || name.endsWith('.sources'))
      .map((name) => join(parts, name)),
    join(etc, 'sources.list'),
  ].filter((file) => existsSync(file));

  const sources = files.flatMap((file, index) => {
    const text = readFileSync(file, 'utf8');
    const style = file.endsWith('.sources') ? 'sources' : 'list';
    const kept = (style === 'sources' ? stanzas(text) : lines(text)).filter((entry) => isDebian(entry, own));
    const renamed = kept
      .map((entry) => inRelease(entry, own, wanted))
      .join(style === 'sources' ? '\n\n' : '\n');
    return renamed === '' ? [] : [{ name: `${index}.${style}`, text: `${renamed}\n` }];
  });
  if (sources.length === 0) throw new Error(`no package source for Debian ${own} in ${etc}`);
  return sources;
}

/** An apt.conf that keeps everything apt reads and writes below `folder`, so that no root is needed. */
export function aptConfiguration(folder: string): string {
  return [
    `Dir::Etc "${folder}/etc";`,
    'Dir::Etc::sourcelist "/dev/null";',
    `Dir::Etc::sourceparts "${folder}/sources";`,
    `Dir::State "${folder}/state";`,
    `Dir::State::status "${folder}/status";`,
    `Dir::Cache "${folder}/cache";`,
    // The download user of apt could not write into a private folder.
    'APT::Sandbox::User "";',
    'APT::Install-Recommends "false";',
    'Acquire::Languages "none";',
    '',
  ].join('\n');
}

function stanzas(text: string): string[] {
  return lines(text, true)
    .join('\n')
    .split(/\n{2,}/)
    .map((stanza) => stanza.trim())
    .filter((stanza) => stanza !== '');
}

function lines(text: string, keepEmpty = false): string[] {
  return text.split('\n').filter((line) => !line.startsWith('#') && (keepEmpty || line.trim() !== ''));
}

function isDebian(entry: string, release: string): boolean {
  return (
    new RegExp(`\\s${release}(-updates|-security|/updates)?(\\s|$)`).test(entry) && /\bmain\b/.test(entry)
  );
}

function inRelease(entry: string, own: string, wanted: string): string {
  return entry.replaceAll(new RegExp(`(?<=\\s)${own}(?=[\\s/-]|$)`, 'g'), wanted);
}
