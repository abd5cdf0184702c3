import { type ProcessRecord, readProcessRecord } from '../system/process-record.ts';
import type { OutlineAddress } from './outline.ts';

/** What a keepalived was told last; one that was killed cannot take its addresses away. */
export interface KeepalivedRecord extends ProcessRecord {
  /** What it may have put on interfaces. */
  readonly addresses: readonly Pick<OutlineAddress, 'cidr' | 'interface'>[];
}

export async function readRecord(path: string): Promise<KeepalivedRecord | undefined> {
  return (await readProcessRecord(path)) as KeepalivedRecord | undefined;
}
