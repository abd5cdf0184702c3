import { readFile } from 'node:fs/promises';

/** CAP_SYS_RESOURCE, which lets a process raise its own hard limits (capabilities(7)). */
const mayRaiseLimits = 1n << 24n;

/**
 * The most files that HAProxy, started by this process, may open. It raises its soft limit to the hard one by
 * itself; with the right capability also the hard one, up to what the kernel allows.
 */
export async function descriptorLimit(): Promise<number> {
  const [limits, status, most] = await Promise.all([
    readFile('/proc/self/limits', 'utf8'),
    readFile('/proc/self/status', 'utf8'),
    readFile('/proc/sys/fs/nr_open', 'utf8'),
  ]);
  return readLimit(limits, status, Number(most));
}

/** Takes the limit from the texts of /proc/PID/limits, /proc/PID/status and /proc/sys/fs/nr_open. */
export function readLimit(limits: string, status: string, most: number): number {
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  if ((capabilities & mayRaiseLimits) !== 0n) return most;
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  return hard === undefined ? most : Number(hard);
}
