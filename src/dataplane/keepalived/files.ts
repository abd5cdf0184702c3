import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Where our keepalived leaves what is known of it. All in the private directory of sockets. */
export interface KeepalivedFiles {
  /** What it reads: it leads to the generation in service. */
  readonly configuration: string;
  /** What it is told is its directory for temporary files: it dumps its state there. */
  readonly directory: string;
  readonly pidFile: string;
  /** Of its child, which speaks VRRP. */
  readonly vrrpPidFile: string;
  /** The state of its instances, written when it is asked: keepalived's own name for it. */
  readonly dump: string;
  /** What it was told last, see `record.ts`. */
  readonly record: string;
}

export function keepalivedFiles(directory: string, configuration: string): KeepalivedFiles {
  return {
    configuration,
    directory,
    pidFile: join(directory, 'keepalived.pid'),
    vrrpPidFile: join(directory, 'keepalived-vrrp.pid'),
    dump: join(directory, 'keepalived.json'),
    record: join(directory, 'keepalived-record'),
  };
}

/** Removes what a keepalived that has ended left behind. */
export async function removeKeepalivedFiles(files: KeepalivedFiles): Promise<void> {
  // With a pid in one of these that is somebody else's by now, it would not start.
  for (const path of [files.pidFile, files.vrrpPidFile, files.dump, files.record]) {
    await rm(path, { force: true });
  }
}
