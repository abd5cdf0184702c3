import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
 */
export async function callsPerRequest(
  pids: readonly number[],
  directory: string,
  send: (requests: number) => Promise<unknown>,
  [few, many]: readonly [number, number],
): Promise<Calls> {
  const short = await callsDuring(pids, directory, () => send(few));
  const long = await callsDuring(pids, directory, () => send(many));
  const names = Object.keys({ ...short, ...long });
  return Object.fromEntries(
    names.map((name) => [name, ((long[name] ?? 0) - (short[name] ?? 0)) / (many - few)]),
  );
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
  if (sumOf(calls) === 0) throw new Error('strace counted nothing');
  return calls;
}
