import { rm } from 'node:fs/promises';
import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import { childrenOf, haveEnded, isAlive, type ProcessHandle, signal } from '../system/processes.ts';
import { removeLeftovers } from './adopt.ts';
import { countStreams } from './streams.ts';

/** How long HAProxy may take to obey a signal that leaves it nothing to wait for. */
const obedience = 5_000;

/**
 * Ends one HAProxy with all its workers: lets requests end until the deadline (milliseconds from now), then ends it.
 * Clients that only keep a connection open are not waited for. Signals only processes that were proven to be ours.
 */
export async function stopHaproxy(
  master: ProcessHandle,
  paths: RuntimePaths,
  deadline: number,
  clock: Clock,
): Promise<void> {
  const family = [master, ...(await childrenOf(master.pid))];
  // The master passes the first two on to its workers; nobody can pass on a SIGKILL.
  await signal(master, 'SIGUSR1');
  if (!(await finished(family, paths.masterSocket, deadline, clock))) {
    await signal(master, 'SIGTERM');
    if (!(await haveEnded(family, obedience, clock))) {
      for (const process of family) await signal(process, 'SIGKILL');
      if (!(await haveEnded(family, obedience, clock))) {
        const what = `HAProxy (process ${master.pid}) does not end`;
        throw new Failure('state-unusable', what, 'end it by hand, then start again');
      }
    }
  }
  await removeLeftovers(paths);
  await rm(paths.serverStateFile, { force: true });
}

/** How often the workers are asked what they still do, in milliseconds. */
const rhythm = 100;

/** @returns true when all have ended; false when no request is under way any more, or at the deadline */
async function finished(
  family: readonly ProcessHandle[],
  masterSocket: string,
  patience: number,
  clock: Clock,
): Promise<boolean> {
  const deadline = clock.now() + patience;
  const [, ...workers] = family;
  let idle = 0;
  while (clock.now() < deadline) {
    if (await haveEnded(family, rhythm, clock)) return true;
    const alive = await Promise.all(workers.map(isAlive));
    const left = workers.filter((_, index) => alive[index] === true).map(({ pid }) => pid);
    // Twice, because a request may be between two moments: accepted, and not yet read.
    idle = (await countStreams(masterSocket, left)) === 0 ? idle + 1 : 0;
    if (idle === 2) return false;
  }
  return false;
}
