import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onCores, otherCores } from '../data-plane/processes.ts';

/** How long requests waited for their answers, in milliseconds. */
export interface Waited {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly most: number;
}

/** Sends requests to a socket for some seconds, from a process of its own on a core that HAProxy does not have. */
export async function waitedAt(socket: string, seconds: number): Promise<Waited> {
  const program = join(import.meta.dirname, 'waiting-main.ts');
  const [taskset, ...words] = onCores(otherCores, [process.execPath, program, socket, String(seconds)]);
  const { stdout } = await promisify(execFile)(taskset, words);
  return JSON.parse(stdout) as Waited;
}
