import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { requestReload, showProcesses } from '../../src/dataplane/haproxy/master-socket.ts';
import { command } from '../../src/dataplane/haproxy/runtime-socket.ts';
import { readServerStates } from '../../src/dataplane/haproxy/server-state.ts';
import type { RuntimePaths } from '../../src/dataplane/runtime-paths.ts';

const execute = promisify(execFile);

/** What HAProxy needs to read a configuration and judge it, in milliseconds. */
export async function checkAlone(configuration: string): Promise<number> {
  const begin = performance.now();
  await execute('haproxy', ['-c', '-f', configuration]);
  return performance.now() - begin;
}

/** What HAProxy needs to reload the configuration in service, from the command to a new worker, in milliseconds. */
export async function reloadAlone({ masterSocket }: RuntimePaths): Promise<number> {
  const before = await showProcesses(masterSocket);
  if (before.kind !== 'processes') throw new Error(`HAProxy does not answer: ${JSON.stringify(before)}`);
  const begin = performance.now();
  await requestReload(masterSocket, 60_000);
  for (;;) {
    const now = await showProcesses(masterSocket);
    const reloaded = now.kind === 'processes' && now.list.master.reloads > before.list.master.reloads;
    if (reloaded && now.list.workers.length > 0) return performance.now() - begin;
    await pause(1);
  }
}

/** Waits until HAProxy shows a weight of a server, asking each millisecond on connections of its own. */
export async function untilWeight(
  { adminSocket }: RuntimePaths,
  backend: string,
  server: string,
  weight: number,
): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await command(adminSocket, ['show', 'servers', 'state', backend]);
    const rows = answer.ok ? readServerStates(answer.value) : undefined;
    if (rows?.find(({ name }) => name === server)?.weight === weight) return;
    if (performance.now() > deadline) throw new Error(`${server} does not get the weight ${weight}`);
    await pause(1);
  }
}

/** Processor time that a process has used so far, in milliseconds; the kernel counts in steps of 10. */
export async function processorTime(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
