import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../harness/until.ts';

/**
 * System calls of processes for each request: those of a long load less those of a short one, so that opening
 * connections, and whatever else happens once, does not count.
 */
export async function callsPerRequest(
  pids: readonly number[],
  directory: string,
  send: (requests: number) => Promise<unknown>,
  [few, many]: readonly [number, number],
): Promise<number> {
  const short = await callsDuring(pids, directory, () => send(few));
  const long = await callsDuring(pids, directory, () => send(many));
  return (long - short) / (many - few);
}

/** System calls of processes, and of all their threads, while something is done. */
async function callsDuring(
  pids: readonly number[],
  directory: string,
  work: () => Promise<unknown>,
): Promise<number> {
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
  const total = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?total$/m.exec(
    await readFile(output, 'utf8'),
  )?.[1];
  await rm(output);
  if (total === undefined) throw new Error('strace counted nothing');
  return Number(total);
}
