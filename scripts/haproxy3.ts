// The HAProxy versions to test with: the machine's own, and those of the other supported Debian releases.
//
//   node scripts/haproxy3.ts      prepares them and prints one line each: release, version, path
//
// The packages of the other release are unpacked into .tools/<release> and run with their own loader and libraries. So it needs
// neither root nor a chroot, and paths in a configuration mean the same to every version.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whileLocked } from './bootstrap/lock.mjs';
import { machineRelease, ownApt } from './own-apt.ts';
import { root } from './source-files.ts';

/** `path` runs like the plain `haproxy` program, master-worker reload included. `version` is like "3.0.11-1+deb13u5". */
export type HaproxyBinary = { release: string; version: string; path: string };

const releases = ['bookworm', 'trixie'];

/** A copy of the loader under another name: a process is known by the file that runs, and that is the loader. */
const named = 'usr/lib/named/haproxy';

/** Every HAProxy to test with, the machine's own first. Downloads what is missing; throws when that fails. */
export async function haproxyBinaries(): Promise<HaproxyBinary[]> {
  const own = machineRelease();
  const others = releases.filter((release) => release !== own);
  const binaries = [describe(own, machineHaproxy())];
  for (const release of others) binaries.push(describe(release, await unpacked(release)));
  return binaries;
}

function describe(release: string, path: string): HaproxyBinary {
  const version = /version (\S+)/.exec(execFileSync(path, ['-v'], { encoding: 'utf8' }))?.[1];
  if (version === undefined) throw new Error(`${path} -v names no version`);
  return { release, version, path };
}

function machineHaproxy(): string {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin'];
  const found = folders.map((folder) => join(folder, 'haproxy')).find((path) => existsSync(path));
  if (found === undefined) throw new Error('haproxy is not installed; npm run setup installs it');
  return found;
}

async function unpacked(release: string): Promise<string> {
  const folder = join(root, '.tools', release);
  const program = join(folder, 'haproxy');
  // One without it is of an earlier version of this script.
  const isThere = () => existsSync(program) && existsSync(join(folder, 'root', named));
  if (isThere()) return program;
  return whileLocked(`aorta-haproxy:${folder}`, `HAProxy of ${release}`, () => {
    if (isThere()) return program;
    const work = `${folder}.partial`;
    rmSync(work, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
    unpackInto(release, join(work, 'root'), join(work, 'apt'));
    rmSync(join(work, 'apt'), { recursive: true });
    writeLauncher(join(work, 'haproxy'), join(folder, 'root'), join(work, 'root'));
    renameSync(work, folder);
    return program;
  });
}

/** Asks apt, with a database of its own, for haproxy and all it depends on, and unpacks that without installing it. */
function unpackInto(release: string, target: string, apt: string): void {
  ownApt(apt, release)(['-y', '--download-only', 'install', 'haproxy']);

  mkdirSync(target, { recursive: true });
  const archives = join(apt, 'cache/archives');
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg-deb', ['-x', join(archives, file), target]);
  }
}

/**
 * HAProxy's master starts itself again on a reload, by the name it was started with. That name has to be the launcher's: the
 * program alone would find the machine's libraries instead of its own.
 */
function writeLauncher(launcher: string, home: string, unpackedRoot: string): void {
  const libraries = readdirSync(join(unpackedRoot, 'usr/lib')).find((name) => name.endsWith('-linux-gnu'));
  if (libraries === undefined) throw new Error('the unpacked packages have no library folder');
  const loader = ['usr/lib', 'lib']
    .flatMap((base) => [join(base, libraries), base])
    .filter((folder) => existsSync(join(unpackedRoot, folder)))
    .flatMap((folder) => readdirSync(join(unpackedRoot, folder)).map((name) => join(folder, name)))
    .find((path) => /\/ld-linux-[\w-]+\.so\.\d+$/.test(path));
  if (loader === undefined) throw new Error('the unpacked packages have no program loader');
  mkdirSync(dirname(join(unpackedRoot, named)), { recursive: true });
  copyFileSync(join(unpackedRoot, loader), join(unpackedRoot, named));
  const path = [`${home}/usr/lib/${libraries}`, `${home}/lib/${libraries}`].join(':');
  writeFileSync(
    launcher,
    `#!/bin/sh\nexec '${home}/${named}' --argv0 "$0" --library-path '${path}' '${home}/usr/sbin/haproxy' "$@"\n`,
  );
  chmodSync(launcher, 0o755);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  for (const { release, version, path } of await haproxyBinaries())
    console.log(`${release} ${version} ${path}`);
}
