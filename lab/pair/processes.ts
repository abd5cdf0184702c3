import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** What of a node can be killed or frozen by itself. */
export const PROGRAMS = ['haproxy', 'haproxy-worker', 'keepalived', 'controller'] as const;
export type Program = (typeof PROGRAMS)[number];

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Of the file that it runs: the name in the kernel's table is what a program calls itself, `MainThread` with Node. */
  readonly name: string;
  readonly words: readonly string[];
}

/** Everything that runs in a machine. Not a promise: between the look and the signal nothing else should happen. @param pid of its first process */
export function processesOf(pid: number): RunningProcess[] {
  return sharing(pid, 'pid').flatMap((one) => lookAt(one) ?? []);
}

/** Those that share a name space (`pid`, `net`) with a process, itself among them. */
function sharing(pid: number, kind: 'pid' | 'net'): number[] {
  const wanted = spaceOf(pid, kind);
  if (wanted === undefined) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => spaceOf(one, kind) === wanted);
}

/** The processes of a machine that are this program. */
export function programOf(all: readonly RunningProcess[], program: Program): RunningProcess[] {
  const haproxy = all.filter(({ name }) => name === 'haproxy');
  switch (program) {
    case 'haproxy':
      return haproxy;
    case 'haproxy-worker':
      // The other one is their master, which carries no traffic.
      return haproxy.filter(({ parent }) => haproxy.some(({ pid }) => pid === parent));
    case 'keepalived':
      return all.filter(({ name }) => name.startsWith('keepalived'));
    case 'controller':
      return all.filter(
        ({ words }) => words.some((one) => one.endsWith('/src/main.ts')) && words.includes('up'),
      );
    default:
      return program satisfies never;
  }
}

/** Sends a signal to processes; those that have gone by then are left out. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Stops everything in a machine, also what is started while we do. @param pid of its first process */
export function freezeAll(pid: number): void {
  const stopped = new Set<number>();
  for (;;) {
    const fresh = sharing(pid, 'pid').filter((one) => !stopped.has(one));
    if (fresh.length === 0) return;
    signal(fresh, 'SIGSTOP');
    for (const one of fresh) stopped.add(one);
  }
}

/** Lets everything go on, and what waits outside for something inside. @param pid of its first process */
export function thawAll(pid: number): void {
  signal(sharing(pid, 'net'), 'SIGCONT');
}

function spaceOf(pid: number, kind: 'pid' | 'net'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    // It has gone.
    return undefined;
  }
}

function lookAt(pid: number): RunningProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    // The name before it stands in brackets and may have some itself.
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(parent), name: basename(readlinkSync(`/proc/${pid}/exe`)), words };
  } catch {
    return undefined;
  }
}
