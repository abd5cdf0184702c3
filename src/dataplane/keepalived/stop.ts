import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import { removeAddress } from '../system/interface-addresses.ts';
import { haveEnded, signal } from '../system/processes.ts';
import { findKeepalived, findVrrpChild } from './adopt.ts';
import { type KeepalivedFiles, removeKeepalivedFiles } from './files.ts';
import { readRecord } from './record.ts';

/** It gives its addresses up within 20 ms, and ends a second later (measured). */
const obedience = 5_000;

/**
 * Ends our keepalived: another node of the pair takes the addresses over at once. Also of one that is dead already
 * nothing is left: no child, no pid file, and no address on an interface.
 * @throws Failure `addresses-failed` when it does not end
 */
export async function stopKeepalived(files: KeepalivedFiles, clock: Clock): Promise<void> {
  const [parent, child] = [await findKeepalived(files), await findVrrpChild(files)];
  const family = [parent, child].filter((process) => process !== undefined);
  // Without its parent the child has given up the addresses already, and only takes its time to end.
  if (parent !== undefined) await signal(parent, 'SIGTERM');
  if (parent === undefined || !(await haveEnded(family, obedience, clock))) {
    for (const process of family) await signal(process, 'SIGKILL');
    if (!(await haveEnded(family, obedience, clock))) {
      const what = `keepalived (process ${family.map(({ pid }) => pid).join(', ')}) does not end`;
      throw new Failure('addresses-failed', what, 'end it by hand');
    }
  }
  // One that was killed has left its addresses on their interfaces, and two nodes would answer to them.
  for (const { cidr, interface: device } of (await readRecord(files.record))?.addresses ?? []) {
    await removeAddress(cidr, device);
  }
  await removeKeepalivedFiles(files);
}
