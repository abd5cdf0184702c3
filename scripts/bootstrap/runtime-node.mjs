import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { announced, runStep, SetupError } from './step.mjs';

/** The pinned Node's executable inside the checkout, whether it is installed yet or not. */
export function runtimeNode(root) {
  return join(installed(root), 'bin/node');
}

export function runtimeIsPinned(root) {
  try {
    const { version } = JSON.parse(readFileSync(join(installed(root), 'package.json'), 'utf8'));
    return version === pinnedVersion(root) && existsSync(runtimeNode(root));
  } catch {
    return false;
  }
}

/**
 * Installs the pinned Node from its npm package, checked against the checksum in scripts/runtime/package-lock.json. It is
 * prepared aside and renamed into place, so a half-unpacked Node is never found there.
 */
export async function installRuntime(root) {
  const version = pinnedVersion(root);
  const staging = join(root, '.tools/staging');
  await announced(`Installing Node ${version} into .tools/`, async () => {
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
      copyFileSync(join(root, 'scripts/runtime', file), join(staging, file));
    }
    await npm(['ci', '--prefix', staging, '--include=optional'], { cwd: staging, node: process.execPath });

    const fresh = join(staging, 'node_modules', packageName());
    const asked = await runStep(join(fresh, 'bin/node'), ['--version']);
    if (asked.output.trim() !== `v${version}`) {
      throw new SetupError(
        `The package ${packageName()} should bring Node ${version}, but says: ${asked.output.trim()}\n` +
          'Keep .node-version and scripts/runtime/ at the same version.',
      );
    }
    rmSync(installed(root), { recursive: true, force: true });
    mkdirSync(join(root, '.tools/node_modules'), { recursive: true });
    renameSync(fresh, installed(root));
    rmSync(staging, { recursive: true, force: true });
  });
}

function pinnedVersion(root) {
  return readFileSync(join(root, '.node-version'), 'utf8').trim();
}

function installed(root) {
  return join(root, '.tools/node_modules', packageName());
}

function packageName() {
  if (process.arch !== 'x64' && process.arch !== 'arm64') {
    throw new SetupError(`Aorta has no Node runtime for ${process.arch}; it runs on x64 and arm64.`);
  }
  return `node-linux-${process.arch}`;
}
