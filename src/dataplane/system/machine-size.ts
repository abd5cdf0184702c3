import { readFile } from 'node:fs/promises';
import type { MachineSize } from '../../model/machine-size.ts';
import { wholeMemory } from './memory.ts';

/** Of this machine: the cores that a program started from here may use, and its memory. */
export async function machineSize(): Promise<MachineSize> {
  const [status, memory] = await Promise.all([readFile('/proc/self/status', 'utf8'), wholeMemory()]);
  return { cores: readCores(status), memory };
}

/** Takes them from the text of /proc/PID/status: HAProxy counts them in the same way, by affinity. */
export function readCores(status: string): number {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '0';
  return list.split(',').reduce((sum, part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return sum + last - first + 1;
  }, 0);
}
