import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findMaster, masterSocketOption } from '../../src/dataplane/haproxy/adopt.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { systemClock } from '../../src/dataplane/system/clock.ts';

test('a master that becomes another program again and again is never taken for dead', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-master-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const paths = runtimePaths(directory);
  const [script, configuration] = [join(directory, 'master.sh'), join(directory, 'haproxy.cfg')];
  // As in a reload: no pid file, nobody on the socket, and the command line is empty while the program changes.
  await writeFile(script, 'sleep 0.01\nexec sh "$0" "$@"\n');
  const words = [script, '-S', masterSocketOption(paths), '-f', configuration];
  const master = spawn('sh', words, { stdio: 'ignore' });
  onTestFinished(async () => {
    const ended = once(master, 'exit');
    master.kill('SIGKILL');
    await ended;
  });
  await once(master, 'spawn');
  for (let look = 0; look < 500; look += 1)
    expect(await findMaster(paths, configuration, systemClock, 0)).toMatchObject({ kind: 'mute' });
});
