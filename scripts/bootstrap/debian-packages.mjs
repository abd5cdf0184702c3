import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { asRoot, rootAccess } from './root.mjs';
import { announced, SetupError } from './step.mjs';
import { withoutAutostart } from './without-autostart.mjs';

/** What each purpose needs from Debian: the program (or the file) we look for and the package that has it. */
const needs = [
  { program: 'haproxy', package: 'haproxy', for: ['run', 'lab', 'test', 'bench'] },
  { program: 'openssl', package: 'openssl', for: ['run', 'lab', 'test', 'bench'] },
  { program: 'curl', package: 'curl', for: ['test'] },
  { program: 'h2load', package: 'nghttp2-client', for: ['test', 'bench'] },
  { program: 'ip', package: 'iproute2', for: ['lab', 'test', 'bench'] },
  { program: 'keepalived', package: 'keepalived', for: ['lab', 'test'] },
  { program: 'bird', package: 'bird2', for: ['lab', 'test'] },
  { program: 'nft', package: 'nftables', for: ['lab', 'test'] },
  { program: 'ping', package: 'iputils-ping', for: ['lab', 'test'] },
  { program: 'etcd', package: 'etcd-server', for: ['lab', 'test'] },
  { program: 'slowhttptest', package: 'slowhttptest', for: ['test'] },
  { program: 'valgrind', package: 'valgrind', for: ['test'] },
  { program: 'strace', package: 'strace', for: ['test', 'bench'] },
  { program: 'nginx', package: 'nginx-light', for: ['bench'] },
  { program: 'stunnel4', package: 'stunnel4', for: ['bench'] },
  { program: 'hitch', package: 'hitch', for: ['bench'] },
  { program: 'caddy', package: 'caddy', for: ['bench'] },
  { program: 'wrk', package: 'wrk', for: ['bench'] },
  { program: 'gcc', package: 'gcc', for: ['bench'] },
  { file: '/usr/include/stdio.h', package: 'libc6-dev', for: ['bench'] },
  { file: '/usr/include/openssl/ssl.h', package: 'libssl-dev', for: ['bench'] },
];

export const purposes = ['run', 'lab', 'test', 'bench'];

/** Debian packages that `purpose` needs and that are not on this machine. */
export function missingPackages(purpose) {
  return needs.filter((need) => need.for.includes(purpose) && !isThere(need)).map((need) => need.package);
}

export async function installPackages(packages, purpose) {
  const access = await rootAccess();
  if (access === undefined || !isInstalled('apt-get')) {
    throw new SetupError(
      `Missing on this machine: ${packages.join(' ')}\n` +
        'Installing Debian packages needs root (or sudo). Run this once, then try again:\n' +
        `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`,
    );
  }
  await announced(`Installing from Debian: ${packages.join(' ')}`, () =>
    withoutAutostart(access, packages, async () => {
      if (listsAreEmpty()) await aptGet(access, ['update']);
      const first = await aptGet(access, installArguments(packages));
      if (first.code !== 0) {
        // The usual cause is a package list older than the archive.
        await aptGet(access, ['update']);
        const second = await aptGet(access, installArguments(packages));
        if (second.code !== 0) throw new SetupError(`apt-get install failed:\n${second.output.trim()}`);
      }
    }),
  );
  const still = missingPackages(purpose);
  if (still.length > 0)
    throw new SetupError(`Installed, but their programs are not found: ${still.join(' ')}`);
}

function installArguments(packages) {
  return ['install', '-y', '--no-install-recommends', ...packages];
}

async function aptGet(access, args) {
  // Another installation may hold Debian's locks. apt waits for dpkg's own, but not for the one on the package lists.
  const deadline = Date.now() + 300_000;
  for (;;) {
    const done = await asRoot(access, ['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300', ...args]);
    if (done.code === 0 || !/Could not get lock/.test(done.output) || Date.now() > deadline) return done;
    await pause(1000);
  }
}

function isThere({ program, file }) {
  return file === undefined ? isInstalled(program) : existsSync(file);
}

function isInstalled(program) {
  // An ordinary user's PATH often lacks the sbin folders, where Debian puts haproxy.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

function listsAreEmpty() {
  const folder = '/var/lib/apt/lists';
  return !existsSync(folder) || !readdirSync(folder).some((name) => /_Packages(\.\w+)?$/.test(name));
}
