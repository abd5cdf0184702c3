import { readJsonIfPresent } from './files.ts';
import type { ProcessHandle } from './processes.ts';

/** What a process that carries addresses was told last: it does not say itself which file it has read. */
export interface ProcessRecord {
  readonly process: ProcessHandle;
  readonly version: string;
  /** Of the file that it has read; absent while it may have read either of two. */
  readonly digest?: string;
}

export async function readProcessRecord(path: string): Promise<ProcessRecord | undefined> {
  return (await readJsonIfPresent(path)) as ProcessRecord | undefined;
}

/** A process is the one of the record only if it was started at the same time: pids are used again. */
export function isOf({ process }: ProcessRecord, { pid, startTime }: ProcessHandle): boolean {
  return process.pid === pid && process.startTime === startTime;
}
