import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptConfiguration, aptSourcesFor } from './debian-sources.ts';

/** The name of the Debian release of this machine, such as `bookworm`. */
export function machineRelease(): string {
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  if (codename === undefined) throw new Error('/etc/os-release has no VERSION_CODENAME');
  return codename;
}

/**
 * An apt with a database of its own in `folder`, up to date, that needs no root and installs nothing.
 * @returns runs `apt-get` with these words, in `cwd` or where this program is
 */
export function ownApt(folder: string, release: string): (words: readonly string[], cwd?: string) => void {
  for (const part of ['etc/preferences.d', 'sources', 'state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  for (const { name, text } of aptSourcesFor(machineRelease(), release))
    writeFileSync(join(folder, 'sources', name), text);
  writeFileSync(join(folder, 'status'), '');
  writeFileSync(join(folder, 'apt.conf'), aptConfiguration(folder));
  const env = { ...process.env, APT_CONFIG: join(folder, 'apt.conf') };
  const run = (words: readonly string[], cwd?: string) => {
    execFileSync('apt-get', ['-q', ...words], { env, cwd, stdio: 'pipe' });
  };
  run(['update']);
  return run;
}
