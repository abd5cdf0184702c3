import { rm } from 'node:fs/promises';
import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import { readIfPresent } from '../system/files.ts';
import { commandLine, findProcess, type ProcessHandle } from '../system/processes.ts';
import { type ProcessList, showProcesses } from './master-socket.ts';

/** A master that is ours beyond doubt. */
export interface Master {
  readonly process: ProcessHandle;
  readonly list: ProcessList;
}

/** A failing reload keeps the master mute for about two seconds; more than that it is stuck. */
const patience = 10_000;

/**
 * Finds the HAProxy of these paths. Ours is a process that answers on the master socket, carries the pid of the pid
 * file, and was started with this socket and this configuration.
 * @throws Failure `foreign-instance` when another one answers
 */
export async function findMaster(
  paths: RuntimePaths,
  configuration: string,
  clock: Clock,
): Promise<Master | undefined> {
  const deadline = clock.now() + patience;
  while (true) {
    const written = await readPid(paths);
    const answer = await showProcesses(paths.masterSocket);
    if (answer.kind === 'processes') {
      const { pid } = answer.list.master;
      const process = await findProcess(pid);
      const ours = process !== undefined && (await isOurs(pid, paths, configuration));
      if (!ours || (written !== undefined && written !== pid)) throw foreign(paths, `process ${pid}`);
      return { process, list: answer.list };
    }
    const alive = written !== undefined && (await findProcess(written)) !== undefined;
    const owner = alive && (await isOurs(written, paths, configuration)) ? written : undefined;
    if (answer.kind === 'nobody' && owner === undefined) return undefined;
    if (clock.now() >= deadline) {
      if (owner === undefined) throw foreign(paths, 'a program that is not HAProxy');
      throw new Failure(
        'start-failed',
        `HAProxy (process ${owner}) is alive and does not answer on its master socket`,
        `look at the log of HAProxy; if it is stuck, end process ${owner} and start again`,
      );
    }
    await clock.sleep(100);
  }
}

/** Removes what a dead HAProxy left behind. Only to be called when nothing answers and the process is gone. */
export async function removeLeftovers(paths: RuntimePaths): Promise<void> {
  for (const path of [paths.masterSocket, paths.adminSocket, paths.identitySocket, paths.pidFile]) {
    await rm(path, { force: true });
  }
}

async function readPid(paths: RuntimePaths): Promise<number | undefined> {
  const pid = /^(\d+)\s*$/m.exec((await readIfPresent(paths.pidFile)) ?? '')?.[1];
  return pid === undefined ? undefined : Number(pid);
}

async function isOurs(pid: number, paths: RuntimePaths, configuration: string): Promise<boolean> {
  const words = (await commandLine(pid)) ?? [];
  return hasOption(words, '-S', masterSocketOption(paths)) && hasOption(words, '-f', configuration);
}

function hasOption(words: readonly string[], option: string, value: string): boolean {
  return words.some((word, index) => word === option && words[index + 1] === value);
}

/** The value of HAProxy's -S option: nobody but this account may speak to the master. */
export function masterSocketOption(paths: RuntimePaths): string {
  return `${paths.masterSocket},mode,600,level,admin`;
}

function foreign(paths: RuntimePaths, who: string): Failure {
  return new Failure(
    'foreign-instance',
    `${who} answers on ${paths.masterSocket} and was not started for this state directory`,
    'end it, or choose another state directory',
  );
}
