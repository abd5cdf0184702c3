import { readdir, readFile } from 'node:fs/promises';
import { errorCode, isMissing } from './files.ts';

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
export async function childrenOf(parent: number): Promise<ProcessHandle[]> {
  const children: ProcessHandle[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = await readStat(Number(name));
    const child = fields?.parent === parent ? await findProcess(Number(name)) : undefined;
    if (child !== undefined) children.push(child);
  }
  return children;
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

/** Sends a signal to exactly this process, never to one that took over its pid. False when it is gone. */
export async function signal(handle: ProcessHandle, name: NodeJS.Signals): Promise<boolean> {
  if (!(await isAlive(handle))) return false;
  try {
    process.kill(handle.pid, name);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
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
