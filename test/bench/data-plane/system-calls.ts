import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../harness/until.ts';

/** How many of each system call, by its name. */
export type Calls = Readonly<Record<string, number>>;

/** All of them. */
export function sumOf(calls: Calls): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}

/**
 * System calls of processes for each request: those of a long load less those of a short one, so that opening
 * connections, and whatever else happens once, does not count.
 * @param idle what they make in a second without requests, such as health checks: it does not count, either
 */
export async function callsPerRequest(
  pids: readonly number[],
  directory: string,
  send: (requests: number) => Promise<unknown>,
  [few, many]: readonly [number, number],
  idle: Calls = {},
): Promise<Calls> {
  const counted = async (requests: number) => {
    let seconds = 0;
    const calls = await callsDuring(pids, directory, async () => {
      const began = performance.now();
      await send(requests);
      seconds = (performance.now() - began) / 1_000;
    });
    if (sumOf(calls) === 0) throw new Error('strace counted nothing');
    const own = (name: string) => (calls[name] ?? 0) - seconds * (idle[name] ?? 0);
    return { own, names: Object.keys(calls) };
  };
  const [short, long] = [await counted(few), await counted(many)];
  const names = [...new Set([...short.names, ...long.names])];
  return Object.fromEntries(names.map((name) => [name, (long.own(name) - short.own(name)) / (many - few)]));
}

/** System calls of processes in a second in which nobody sends anything. */
export async function idleCalls(pids: readonly number[], directory: string): Promise<Calls> {
  const seconds = 3;
  const calls = await callsDuring(pids, directory, () => pause(seconds * 1_000));
  return Object.fromEntries(Object.entries(calls).map(([name, count]) => [name, count / seconds]));
}

/** System calls of processes, and of all their threads, while something is done. */
async function callsDuring(
  pids: readonly number[],
  directory: string,
  work: () => Promise<unknown>,
): Promise<Calls> {
  const output = join(directory, 'system-calls');
  const words = ['-f', '-c', '-o', output, ...pids.flatMap((pid) => ['-p', String(pid)])];
  const strace = spawn('strace', words, { stdio: 'ignore' });
  const ended = once(strace, 'close');
  try {
    await until('strace follows', async () => {
      if (strace.exitCode !== null) throw new Error(`strace ended with ${strace.exitCode}`);
      const traced = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8')));
      return traced.every((status) => !/^TracerPid:\t0$/m.test(status)) ? true : undefined;
    });
    await work();
  } finally {
    // It lets go of them, and then writes.
    strace.kill('SIGINT');
    await ended;
  }
  const table = await readFile(output, 'utf8');
  await rm(output);
  const rows = table.matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(?!total$)(\w+)$/gm);
  const calls = Object.fromEntries([...rows].map(([, count, name = '']) => [name, Number(count)]));
  return calls;
}
