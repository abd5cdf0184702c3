import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../cli/context.ts';
import { writeRendering } from '../dataplane/generations/rendered-files.ts';
import { checkConfiguration } from '../dataplane/haproxy/check.ts';
import { detectHaproxy } from '../dataplane/haproxy/version.ts';
import { runtimePaths } from '../dataplane/runtime-paths.ts';
import { runInShell } from '../dataplane/system/exec.ts';
import type { Rendering } from '../ir/rendering.ts';
import { runController } from './run-controller.ts';

/** The machine that the command runs on. */
export const localMachine: Machine = {
  checkRendering,
  writeRendering,
  runController,
  runCommand: runInShell,
  controlSocket: (stateDirectory) => runtimePaths(stateDirectory).controlSocket,
};

async function checkRendering(rendering: Rendering) {
  const { binary } = await detectHaproxy('haproxy');
  const directory = await mkdtemp(join(tmpdir(), 'aorta-check-'));
  try {
    await writeRendering(rendering, directory);
    return await checkConfiguration(binary, join(directory, 'haproxy.cfg'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
