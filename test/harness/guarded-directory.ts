import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A directory for one run of the product, with somebody who cleans up. */
export interface GuardedDirectory {
  readonly directory: string;
  /** Where the state of the product must be for its processes to be found. */
  readonly state: string;
  /** Ends the product's processes at once, by pid, and removes the directory. */
  readonly end: () => Promise<void>;
}

/** @param prefix of the directory's name; short, because paths of sockets must be */
export async function guardDirectory(prefix: string): Promise<GuardedDirectory> {
  const directory = await mkdtemp(join(tmpdir(), prefix));
  // It cleans up also when this process cannot, because it was killed.
  const guardian = spawn(
    process.execPath,
    [fileURLToPath(new URL('guardian.ts', import.meta.url)), directory],
    {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    },
  );
  const ended = once(guardian, 'close').then(([code]) => {
    if (code !== 0) throw new Error(`the guardian of ${directory} ended with ${String(code)}`);
  });
  return {
    directory,
    state: join(directory, 'state'),
    end: async () => {
      guardian.stdin?.end();
      await ended;
    },
  };
}
