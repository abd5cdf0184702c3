import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const kibibyte = 1_024;

/** What this machine can give, in bytes: what is available now, and no more than its control groups allow. */
export function availableMemory(): Promise<number> {
  return memory('MemAvailable');
}

/** What this machine has, in bytes, whoever uses it now, and no more than its control groups allow. */
export function wholeMemory(): Promise<number> {
  return memory('MemTotal');
}

async function memory(field: MemoryField): Promise<number> {
  const [meminfo, groups] = await Promise.all([read('/proc/meminfo'), read('/proc/self/cgroup')]);
  const limits = await Promise.all(limitFiles(groups ?? '').map(read));
  return readMemory(
    field,
    meminfo ?? '',
    limits.filter((limit) => limit !== undefined),
  );
}

type MemoryField = 'MemAvailable' | 'MemTotal';

/**
 * Takes it from the text of /proc/meminfo and of the files of {@link limitFiles}. What is not there sets no limit.
 */
export function readMemory(field: MemoryField, meminfo: string, limits: readonly string[]): number {
  const available = new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(meminfo)?.[1];
  const known = limits.filter((limit) => /^\d+$/.test(limit.trim())).map(Number);
  return Math.min(
    available === undefined ? Number.POSITIVE_INFINITY : Number(available) * kibibyte,
    ...known,
  );
}

/**
 * The files that may hold a limit for a process, from the text of its /proc/PID/cgroup (cgroups(7)): of its group and
 * of all above it, in version 1 or 2. Inside a container the first ones are not there.
 */
export function limitFiles(groups: string): string[] {
  return groups.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === '') return above(path).map((one) => join('/sys/fs/cgroup', one, 'memory.max'));
    if (controllers?.split(',').includes('memory') !== true) return [];
    return above(path).map((one) => join('/sys/fs/cgroup/memory', one, 'memory.limit_in_bytes'));
  });
}

function above(path: string): string[] {
  return path === '/' ? [path] : [path, ...above(dirname(path))];
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
