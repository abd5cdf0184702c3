import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuntimePaths } from '../runtime-paths.ts';

/** Where our BIRD leaves what is known of it. All in the private directory of sockets. */
export interface BirdFiles {
  /**
   * What it reads: a copy of that of the generation in service. Not that file itself, because the watchdog makes BIRD read
   * its files again at any time, and must not bring a change into service before it is its turn.
   */
  readonly configuration: string;
  readonly pidFile: string;
  readonly socket: string;
  /** What it was told last. */
  readonly record: string;
  /** Parts of its configuration, see `duty.ts`. */
  readonly health: string;
  readonly withdrawal: string;
}

export function birdFiles({ directory, birdHealthFile, birdWithdrawalFile }: RuntimePaths): BirdFiles {
  return {
    configuration: join(directory, 'bird.conf'),
    pidFile: join(directory, 'bird.pid'),
    socket: join(directory, 'bird.sock'),
    record: join(directory, 'bird-record'),
    health: birdHealthFile,
    withdrawal: birdWithdrawalFile,
  };
}

/** Removes what a BIRD that has ended left behind. */
export async function removeBirdFiles(files: BirdFiles): Promise<void> {
  const { configuration, pidFile, socket, record, health, withdrawal } = files;
  for (const path of [configuration, pidFile, socket, record, health, withdrawal])
    await rm(path, { force: true });
}
