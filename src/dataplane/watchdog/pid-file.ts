import { join } from 'node:path';
import type { RuntimePaths } from '../runtime-paths.ts';

/** Holds the pid of the watchdog that is wanted; any other one ends when it sees that. */
export function watchdogPidFile({ directory }: Pick<RuntimePaths, 'directory'>): string {
  return join(directory, 'watchdog.pid');
}
