import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const kibibyte = 1_024;

/** HAProxy's buffers for one request under way: what came and what goes, `tune.bufsize` each. */
const buffers = 2 * 16 * kibibyte;
/** The connection, its session and stream. */
const connection = 2 * kibibyte;
/** Measured with idle connections: 16 to 23 KiB with HAProxy 2.6 and OpenSSL 3.0, 27 to 32 KiB with 3.0 and 3.5. */
const tls = 32 * kibibyte;

/** What HAProxy would take in bytes if every connection it admits were under way at once. It allocates as they come. */
export function memoryNeeded(size: {
  /** Of clients. */
  readonly connections: number;
  /** To HAProxy itself, for writes: they have buffers of their own, and no TLS. */
  readonly hops: number;
  readonly tlsToClients: boolean;
  readonly tlsToServers: boolean;
}): number {
  const tlsSides = Number(size.tlsToClients) + Number(size.tlsToServers);
  return (size.connections + size.hops) * (buffers + connection) + size.connections * tlsSides * tls;
}

/** What this machine can give, in bytes: what is available now, and no more than its control groups allow. */
export async function availableMemory(): Promise<number> {
  const [meminfo, groups] = await Promise.all([read('/proc/meminfo'), read('/proc/self/cgroup')]);
  const limits = await Promise.all(limitFiles(groups ?? '').map(read));
  return readAvailable(
    meminfo ?? '',
    limits.filter((limit) => limit !== undefined),
  );
}

/**
 * Takes it from the text of /proc/meminfo and of the files of {@link limitFiles}. What is not there sets no limit.
 */
export function readAvailable(meminfo: string, limits: readonly string[]): number {
  const available = /^MemAvailable:\s*(\d+) kB$/m.exec(meminfo)?.[1];
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
