import { rm } from 'node:fs/promises';
import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import { type RuntimePaths, removePeersDirectory } from '../runtime-paths.ts';
import { readIfPresent } from '../system/files.ts';
import { commandLine, eldestWith, findProcess, hasOption, type ProcessHandle } from '../system/processes.ts';
import { type ProcessList, showProcesses } from './master-socket.ts';

/** A master that is ours beyond doubt. */
export interface Master {
  readonly process: ProcessHandle;
  readonly list: ProcessList;
}

/** What was found of our HAProxy. `mute`: its master lives and does not answer. */
export type Finding =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'running'; readonly master: Master }
  | { readonly kind: 'mute'; readonly process: ProcessHandle };

/**
 * While a process becomes another program its command line is empty for a moment, and a reload is two such moments: one look
 * that finds nobody proves nothing. So many in a row do, with so many milliseconds between them.
 */
const looks = 3;
const betweenLooks = 25;

/** A failing reload keeps the master mute for about two seconds; more than that it is stuck. */
const defaultPatience = 10_000;

/**
 * Finds the HAProxy of these paths. Ours is a process that answers on the master socket, carries the pid of the pid
 * file, and was started with this socket and this configuration.
 * @param patience how long ours may be mute, in milliseconds
 * @throws Failure `foreign-instance` when another one answers
 */
export async function findMaster(
  paths: RuntimePaths,
  configuration: string,
  clock: Clock,
  patience = defaultPatience,
): Promise<Finding> {
  const deadline = clock.now() + patience;
  let foundNobody = 0;
  while (true) {
    const written = await readPid(paths);
    const answer = await showProcesses(paths.masterSocket);
    if (answer.kind === 'processes') {
      const { pid } = answer.list.master;
      const process = await findProcess(pid);
      const ours = process !== undefined && (await isOurs(pid, paths, configuration));
      if (!ours || (written !== undefined && written !== pid)) throw foreign(paths, `process ${pid}`);
      return { kind: 'running', master: { process, list: answer.list } };
    }
    const owner = await ownerOf(written, paths, configuration);
    const ours = owner !== undefined && (await isOurs(owner.pid, paths, configuration));
    if (answer.kind === 'nobody' && !ours) {
      foundNobody += 1;
      if (foundNobody === looks) return { kind: 'nobody' };
      await clock.sleep(betweenLooks);
      continue;
    }
    foundNobody = 0;
    if (clock.now() >= deadline) {
      if (ours) return { kind: 'mute', process: owner };
      throw foreign(paths, 'a program that is not HAProxy');
    }
    await clock.sleep(100);
  }
}

/** What to say about a master that is mute. */
export function stuck({ pid }: ProcessHandle): Failure {
  return new Failure(
    'start-failed',
    `HAProxy (process ${pid}) is alive and does not answer on its master socket`,
    `look at the log of HAProxy; if it is stuck, end process ${pid} and start again`,
  );
}

/** Removes what a dead HAProxy left behind. Only to be called when nothing answers and the process is gone. */
export async function removeLeftovers(paths: RuntimePaths): Promise<void> {
  const { masterSocket, adminSocket, identitySocket, peersSocket, hopSocket, pidFile } = paths;
  for (const path of [masterSocket, adminSocket, identitySocket, peersSocket, hopSocket, pidFile]) {
    await rm(path, { force: true });
  }
  removePeersDirectory(paths);
}

async function readPid(paths: RuntimePaths): Promise<number | undefined> {
  const pid = /^(\d+)\s*$/m.exec((await readIfPresent(paths.pidFile)) ?? '')?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/**
 * The process of the pid file. A reload takes that away for some milliseconds, and nobody answers on the master socket
 * meanwhile: without the file the command lines of all processes say whether ours lives.
 */
function ownerOf(
  written: number | undefined,
  paths: RuntimePaths,
  configuration: string,
): Promise<ProcessHandle | undefined> {
  if (written !== undefined) return findProcess(written);
  return eldestWith((words) => areOurs(words, paths, configuration));
}

async function isOurs(pid: number, paths: RuntimePaths, configuration: string): Promise<boolean> {
  return areOurs((await commandLine(pid)) ?? [], paths, configuration);
}

function areOurs(words: readonly string[], paths: RuntimePaths, configuration: string): boolean {
  return hasOption(words, '-S', masterSocketOption(paths)) && hasOption(words, '-f', configuration);
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
