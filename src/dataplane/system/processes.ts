import { readdir, readFile } from 'node:fs/promises';
import type { Clock } from '../../kernel/clock.ts';
import { errorCode, isMissing, readIfPresent } from './files.ts';

/** A process that cannot be mistaken for another one which got the same pid later. */
export interface ProcessHandle {
  readonly pid: number;
  /** Clock ticks after boot at which it started: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTime: string;
}

/** Looks a process up; absent when it does not exist or has ended and only waits to be collected. */
export async function findProcess(pid: number): Promise<ProcessHandle | undefined> {
  const fields = await readStat(pid);
  if (fields === undefined || fields.state === 'Z' || fields.state === 'X') return undefined;
  return { pid, startTime: fields.startTime };
}

/** The processes that this one started and that still live. */
export function childrenOf(parent: number): Promise<ProcessHandle[]> {
  return processesThat(async (pid) => (await readStat(pid))?.parent === parent);
}

/** The process that was started first of those with such a command line; absent when there is none. */
export async function eldestWith(
  isMeant: (words: readonly string[]) => boolean,
): Promise<ProcessHandle | undefined> {
  const found = await processesThat(async (pid) => isMeant((await commandLine(pid)) ?? []));
  return found.toSorted((a, b) => Number(a.startTime) - Number(b.startTime))[0];
}

async function processesThat(isMeant: (pid: number) => Promise<boolean>): Promise<ProcessHandle[]> {
  const found: ProcessHandle[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || !(await isMeant(Number(name)))) continue;
    const process = await findProcess(Number(name));
    if (process !== undefined) found.push(process);
  }
  return found;
}

async function readStat(pid: number) {
  const stat = await readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  // The name, in parentheses, may itself hold blanks and parentheses: fields are counted after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  const startTime = fields[19];
  return startTime === undefined ? undefined : { state, parent: Number(parent), startTime };
}

export async function isAlive(handle: ProcessHandle): Promise<boolean> {
  return (await findProcess(handle.pid))?.startTime === handle.startTime;
}

/**
 * Sends a signal to exactly this process, never to one that took over its pid. False when it is gone.
 * @param name a number for one of the real-time signals, which have no names
 */
export async function signal(handle: ProcessHandle, name: NodeJS.Signals | number): Promise<boolean> {
  if (!(await isAlive(handle))) return false;
  try {
    process.kill(handle.pid, name);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}

/** @param patience in milliseconds @returns whether all of them have ended by then */
export async function haveEnded(
  processes: readonly ProcessHandle[],
  patience: number,
  clock: Clock,
): Promise<boolean> {
  const deadline = clock.now() + patience;
  while (true) {
    const alive = await Promise.all(processes.map(isAlive));
    if (!alive.includes(true)) return true;
    if (clock.now() >= deadline) return false;
    await clock.sleep(20);
  }
}

/**
 * The process of a pid file, when it is the one that was started with these words; absent when it is gone, or when its
 * pid is somebody else's by now.
 */
export async function processOf(
  pidFile: string,
  isOurs: (words: readonly string[]) => boolean,
): Promise<ProcessHandle | undefined> {
  const pid = /^(\d+)\s*$/m.exec((await readIfPresent(pidFile)) ?? '')?.[1];
  const found = pid === undefined ? undefined : await findProcess(Number(pid));
  return found !== undefined && isOurs((await commandLine(found.pid)) ?? []) ? found : undefined;
}

/** Whether a command line has this option with this value, as two words. */
export function hasOption(words: readonly string[], option: string, value: string): boolean {
  return words.some((word, index) => word === option && words[index + 1] === value);
}

/** The words of a process's command line; absent when it is gone. */
export async function commandLine(pid: number): Promise<readonly string[] | undefined> {
  return (await readProc(pid, 'cmdline'))?.split('\0').slice(0, -1);
}

async function readProc(pid: number, file: string): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    // ESRCH: the process ended between opening and reading.
    if (isMissing(error) || errorCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}
