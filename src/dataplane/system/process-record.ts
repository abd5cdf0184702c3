import { sha256 } from '../../kernel/digest.ts';
import { readJsonIfPresent, replaceFile } from './files.ts';
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

export function writeProcessRecord<R extends ProcessRecord>(path: string, record: R): Promise<void> {
  return replaceFile(path, JSON.stringify(record), 0o600);
}

/**
 * Whether what runs has read this text.
 * @param text absent: whether nothing runs, and nothing is left of one that did
 */
export function hasRead(
  record: ProcessRecord | undefined,
  running: ProcessHandle | undefined,
  text: string | undefined,
): boolean {
  if (text === undefined) return running === undefined && record === undefined;
  if (running === undefined || record === undefined) return false;
  return isOf(record, running) && record.digest === sha256(text);
}

/** A process is the one of the record only if it was started at the same time: pids are used again. */
export function isOf({ process }: ProcessRecord, { pid, startTime }: ProcessHandle): boolean {
  return process.pid === pid && process.startTime === startTime;
}
