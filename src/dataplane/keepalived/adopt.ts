import { hasOption, type ProcessHandle, processOf } from '../system/processes.ts';
import type { KeepalivedFiles } from './files.ts';

/**
 * Finds the keepalived of these files, whoever started it: the process of the pid file, if it was started with this file
 * and this pid file. Any other keepalived on the machine is somebody else's.
 */
export function findKeepalived(files: KeepalivedFiles): Promise<ProcessHandle | undefined> {
  return processOf(files.pidFile, (words) => isOurs(words, files));
}

/** Its child that speaks VRRP, which may outlive it for a second. It has the same command line. */
export function findVrrpChild(files: KeepalivedFiles): Promise<ProcessHandle | undefined> {
  return processOf(files.vrrpPidFile, (words) => isOurs(words, files));
}

function isOurs(words: readonly string[], { configuration, pidFile }: KeepalivedFiles): boolean {
  return hasOption(words, '-f', configuration) && hasOption(words, '-p', pidFile);
}
