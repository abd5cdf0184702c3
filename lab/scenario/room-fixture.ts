import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The command lines that name a room; its name is ours alone. */
export async function processesIn(room: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(room)).map((line) => line.replaceAll('\0', ' '));
}

/** Resolves when nothing of a room runs any more, or after 20 s. @returns what still runs */
export async function untilEmpty(room: string): Promise<string[]> {
  const deadline = performance.now() + 20_000;
  while ((await processesIn(room)).length > 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return processesIn(room);
}

/** What lies in the directories of a room, as seen from outside of it. */
export async function filesIn(room: string): Promise<string[]> {
  const left = (await readdir('/tmp')).filter((name) => `/tmp/${name}`.startsWith(room));
  const files = await Promise.all(left.map((name) => readdir(join('/tmp', name))));
  return files.flat();
}
