import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages, missingPackages, purposes } from './debian-packages.mjs';
import { whileLocked } from './lock.mjs';
import { installModules, modulesMatchLock } from './node-modules.mjs';
import { installRuntime, runtimeIsPinned, runtimeNode } from './runtime-node.mjs';
import { SetupError } from './step.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Installs what is missing for `purpose` and returns the path of the pinned Node. Does nothing and says nothing when
 * everything is there. Each step leaves either the old state or the new one, so an interrupted run is simply repeated.
 */
export async function makeReady(purpose) {
  if (process.platform !== 'linux') {
    throw new SetupError(`Aorta runs on Linux (Debian 12 or 13); this is ${process.platform}.`);
  }
  if (!purposes.includes(purpose)) {
    throw new SetupError(`Usage: node scripts/bootstrap.mjs <${purposes.join('|')}> [program args...]`);
  }
  if (!isReady(purpose)) {
    await whileLocked(`aorta-bootstrap:${root}`, 'another set-up of this checkout', async () => {
      // Asked again inside the lock: the run we waited for may have done the work.
      if (!runtimeIsPinned(root)) await installRuntime(root);
      const packages = missingPackages(purpose);
      if (packages.length > 0) {
        // Debian's package database is shared by all checkouts of this machine.
        await whileLocked('aorta-bootstrap:apt', 'another checkout to install Debian packages', () =>
          installPackages(packages, purpose),
        );
      }
      if (!modulesMatchLock(root)) await installModules(root, runtimeNode(root));
    });
  }
  return runtimeNode(root);
}

function isReady(purpose) {
  return runtimeIsPinned(root) && missingPackages(purpose).length === 0 && modulesMatchLock(root);
}
