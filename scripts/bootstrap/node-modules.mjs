import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { announced, SetupError } from './step.mjs';

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes its own account of what it installed as its last
 * step (node_modules/.package-lock.json), so an interrupted installation does not match.
 */
export function modulesMatchLock(root) {
  try {
    const wanted = packagesOf(join(root, 'package-lock.json'));
    const present = packagesOf(join(root, 'node_modules/.package-lock.json'));
    return Object.entries(wanted).every(([path, want]) => {
      if (path === '') return true;
      const have = present[path];
      // Optional packages are the builds for other processors and systems.
      if (have === undefined) return want.optional === true;
      return have.version === want.version && have.integrity === want.integrity;
    });
  } catch {
    return false;
  }
}

/**
 * Installs what package-lock.json asks for, from an empty node_modules: what an interrupted run left there looks complete to npm.
 *
 * This is `npm ci` in all but one point. `npm ci` refuses a lock that leaves out the builds for systems we do not support, and
 * npm leaves them out itself wherever its registry is a mirror that does not carry them.
 */
export async function installModules(root, node) {
  for (const folder of ['.', 'lab']) refuseStaleLock(root, folder);
  await announced('Installing npm packages', async () => {
    for (const folder of ['node_modules', 'lab/node_modules']) {
      rmSync(join(root, folder), { recursive: true, force: true });
    }
    await npm(['install', '--no-save', '--include=dev', '--include=optional'], { cwd: root, node });
  });
  if (!modulesMatchLock(root)) {
    throw new SetupError(
      'npm installed something else than package-lock.json asks for. Run npm install and look at git diff.',
    );
  }
}

function refuseStaleLock(root, folder) {
  const wanted = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const locked = packagesOf(join(root, 'package-lock.json'))[folder === '.' ? '' : folder];
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    const [inManifest, inLock] = [wanted[kind], locked?.[kind]].map((list) =>
      JSON.stringify(Object.entries(list ?? {}).sort()),
    );
    if (inManifest !== inLock) {
      throw new SetupError(
        `package-lock.json is older than ${join(folder, 'package.json')} (${kind}). Run npm install and commit both.`,
      );
    }
  }
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
