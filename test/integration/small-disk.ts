import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, in memory. */
export interface SmallDisk {
  readonly directory: string;
  readonly makeReadOnly: () => void;
  readonly end: () => Promise<void>;
}

/**
 * Needs root.
 * @param size in KiB
 */
export function mountSmallDisk(size: number): SmallDisk {
  const directory = mkdtempSync(join(tmpdir(), 'aorta-disk-'));
  // Its standard input ends with this process, however that ends; then it unmounts.
  const guardian = spawn('sh', ['-c', 'cat; umount -l "$1"; rmdir "$1"', 'sh', directory], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  const ended = once(guardian, 'close');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}k,mode=0700`, 'tmpfs', directory]);
  return {
    directory,
    makeReadOnly: () => execFileSync('mount', ['-o', 'remount,ro', directory]),
    end: async () => {
      guardian.stdin?.end();
      const [code] = await ended;
      if (code !== 0) throw new Error(`${directory} was not removed`);
    },
  };
}
