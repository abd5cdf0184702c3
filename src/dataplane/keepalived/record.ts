import { readJsonIfPresent, replaceFile } from '../system/files.ts';
import type { ProcessHandle } from '../system/processes.ts';
import type { OutlineAddress } from './outline.ts';

/**
 * What a keepalived was told last. keepalived itself does not say which file it has read, and one that was killed cannot
 * take its addresses away.
 */
export interface KeepalivedRecord {
  readonly process: ProcessHandle;
  readonly version: string;
  /** Of the file that it has read; absent while it may have read either of two. */
  readonly digest?: string;
  /** What it may have put on interfaces. */
  readonly addresses: readonly Pick<OutlineAddress, 'cidr' | 'interface'>[];
}

export async function readRecord(path: string): Promise<KeepalivedRecord | undefined> {
  return (await readJsonIfPresent(path)) as KeepalivedRecord | undefined;
}

export function writeRecord(path: string, record: KeepalivedRecord): Promise<void> {
  return replaceFile(path, JSON.stringify(record), 0o600);
}
