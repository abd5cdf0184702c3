// The reader of Prometheus, which judges our metrics and rules.
//
//   node scripts/promtool.ts      prepares it and prints its path
//
// The package of Debian brings a service and 330 MB of what its pages need. So promtool alone is taken out of it, into
// .tools/promtool, where it runs as it is: it needs no more than libc.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whileLocked } from './bootstrap/lock.mjs';
import { machineRelease, ownApt } from './own-apt.ts';
import { root } from './source-files.ts';

/** The path of promtool: the machine's own, or one that is downloaded when it is missing. */
export async function promtoolBinary(): Promise<string> {
  const own = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'promtool'))
    .find((path) => existsSync(path));
  if (own !== undefined) return own;
  const folder = join(root, '.tools', 'promtool');
  const program = join(folder, 'promtool');
  if (existsSync(program)) return program;
  return whileLocked(`aorta-promtool:${folder}`, 'promtool', () => {
    if (existsSync(program)) return program;
    const work = `${folder}.partial`;
    rmSync(work, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
    unpackInto(work);
    renameSync(work, folder);
    return program;
  });
}

function unpackInto(work: string): void {
  ownApt(join(work, 'apt'), machineRelease())(['download', 'prometheus'], work);
  const archive = readdirSync(work).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get downloaded no package prometheus');
  execFileSync('dpkg-deb', ['-x', archive, 'package'], { cwd: work, stdio: 'pipe' });
  renameSync(join(work, 'package/usr/bin/promtool'), join(work, 'promtool'));
  for (const rest of [archive, 'package', 'apt']) rmSync(join(work, rest), { recursive: true });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  console.log(await promtoolBinary());
}
