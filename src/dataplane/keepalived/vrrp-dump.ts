import { rm } from 'node:fs/promises';
import type { Clock } from '../../kernel/clock.ts';
import { toAddress } from '../../model/address.ts';
import type { VrrpInstance } from '../port.ts';
import { readIfPresent } from '../system/files.ts';
import { type ProcessHandle, signal } from '../system/processes.ts';
import type { KeepalivedFiles } from './files.ts';

/** What keepalived says of one of its instances. */
export interface DumpedInstance {
  readonly name: string;
  readonly state: NonNullable<VrrpInstance['state']>;
  /** Of its last change of state or the last reload, in milliseconds since 1970. */
  readonly since: number;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** With what the files and scripts take away. */
  readonly effectivePriority: number;
  /** Canonical, in its order. */
  readonly addresses: readonly string[];
}

/** It answers within 30 ms (measured); while it starts, it answers nothing. */
const again = 250;

/**
 * Asks a keepalived for the state of its instances: at a signal it writes them all to a file, in one step. Unlike its
 * notifications, which somebody must have listened to from the beginning, that is true whenever it is asked.
 * @param patience in milliseconds
 * @returns undefined when it does not answer in time
 */
export async function askInstances(
  keepalived: ProcessHandle,
  dumpSignal: number,
  { dump }: KeepalivedFiles,
  clock: Clock,
  patience: number,
): Promise<readonly DumpedInstance[] | undefined> {
  const deadline = clock.now() + patience;
  await rm(dump, { force: true });
  while (clock.now() < deadline) {
    if (!(await signal(keepalived, dumpSignal))) return undefined;
    for (const asked = clock.now(); clock.now() < asked + again; await clock.sleep(10)) {
      const text = await readIfPresent(dump);
      if (text !== undefined) return readDump(text);
    }
  }
  return undefined;
}

/** Undefined when it is not a dump of keepalived's. 2.3 has a second form of it, which holds the first. */
export function readDump(text: string): readonly DumpedInstance[] | undefined {
  try {
    const dumped = JSON.parse(text) as Dumped[] | { readonly vrrp: Dumped[] };
    return (Array.isArray(dumped) ? dumped : dumped.vrrp).map(({ data }) => ({
      name: data.iname,
      state: states[data.state] ?? 'starting',
      since: Math.round(data.last_transition * 1_000),
      interface: data.ifp_ifname,
      virtualRouterId: data.vrid,
      priority: data.base_priority,
      effectivePriority: data.effective_priority,
      addresses: [...(data.vips ?? []), ...(data.evips ?? [])].map(addressOf),
    }));
  } catch {
    return undefined;
  }
}

/** As in keepalived's vrrp.h, by number. */
const states = ['starting', 'backup', 'master', 'fault'] as const;

/** What we read of `keepalived.json`. */
interface Dumped {
  readonly data: {
    readonly iname: string;
    readonly ifp_ifname: string;
    readonly state: number;
    /** In seconds since 1970. */
    readonly last_transition: number;
    readonly vrid: number;
    readonly base_priority: number;
    readonly effective_priority: number;
    /** `10.20.0.10 dev front scope global set`; absent when there is none. */
    readonly vips?: readonly string[];
    readonly evips?: readonly string[];
  };
}

function addressOf(text: string): string {
  const address = text.split(/[ /]/)[0] ?? '';
  return toAddress(address) ?? address;
}
