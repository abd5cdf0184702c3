import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine, RenderingProblem } from '../cli/context.ts';
import { checkBird } from '../dataplane/bird/check.ts';
import { detectBird } from '../dataplane/bird/version.ts';
import { writeRendering } from '../dataplane/generations/rendered-files.ts';
import { checkConfiguration } from '../dataplane/haproxy/check.ts';
import { detectHaproxy } from '../dataplane/haproxy/version.ts';
import { checkKeepalived } from '../dataplane/keepalived/check.ts';
import { detectKeepalived } from '../dataplane/keepalived/version.ts';
import { runtimePaths } from '../dataplane/runtime-paths.ts';
import { runInShell } from '../dataplane/system/exec.ts';
import { machineSize } from '../dataplane/system/machine-size.ts';
import { type Rendering, textOf } from '../ir/rendering.ts';

/** The machine that the command runs on. */
export const localMachine: Machine = {
  checkRendering,
  size: machineSize,
  writeRendering,
  // The one command that needs the whole of the data plane, the API and the rest.
  runController: async (options) => (await import('./run-controller.ts')).runController(options),
  runCommand: runInShell,
  controlSocket: (stateDirectory) => runtimePaths(stateDirectory).controlSocket,
};

async function checkRendering(rendering: Rendering): Promise<RenderingProblem[]> {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-check-'));
  try {
    await writeRendering(rendering, directory);
    const { binary } = await detectHaproxy('haproxy');
    const problems = await checkConfiguration(binary, join(directory, 'haproxy.cfg'));
    const byHaproxy = problems.map((problem) => ({ by: 'HAProxy' as const, ...problem }));
    if (textOf(rendering, 'bird.conf') !== '') {
      const bird = await detectBird('bird');
      const found = await checkBird(bird.binary, join(directory, 'bird.conf'));
      return [...byHaproxy, ...found.map(({ what }) => ({ by: 'BIRD' as const, what }))];
    }
    if (textOf(rendering, 'keepalived.conf') === '') return byHaproxy;
    const keepalived = await detectKeepalived('keepalived');
    const refused = await checkKeepalived(keepalived.binary, join(directory, 'keepalived.conf'));
    return [...byHaproxy, ...refused.map(({ what }) => ({ by: 'keepalived' as const, what }))];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
