import { rmSync, statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sha256 } from '../../kernel/digest.ts';

/** Debian has it on every machine. */
const memory = '/dev/shm';

/** What the kernel calls file systems without a disk behind them (statfs(2)): tmpfs and ramfs. */
const memoryBacked: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/**
 * Where the ticket keys of a state directory are: in memory, and not below it, because that is backed up. The same path
 * each time. @returns undefined where there is no file system in memory
 */
export function ticketDirectory(stateDirectory: string): string | undefined {
  const name = `aorta-${process.getuid?.() ?? 0}-${sha256(resolve(stateDirectory)).slice(0, 16)}-tickets`;
  return isInMemory(memory) ? join(memory, name) : undefined;
}

/** Removes what {@link ticketDirectory} names. */
export function removeTicketDirectory(stateDirectory: string): void {
  const directory = ticketDirectory(stateDirectory);
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
}

function isInMemory(path: string): boolean {
  try {
    return memoryBacked.has(statfsSync(path).type);
  } catch {
    return false;
  }
}
