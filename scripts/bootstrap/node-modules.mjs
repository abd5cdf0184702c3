import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { announced } from './step.mjs';

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

export async function installModules(root, node) {
  await announced('Installing npm packages', () =>
    npm(['ci', '--include=dev', '--include=optional'], { cwd: root, node }),
  );
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
