import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { readLogFrom, sizeOfLog } from '../log-files.ts';
import { isAlive, type ProcessHandle, signal } from '../system/processes.ts';
import { readComplaints } from './check.ts';
import { difference } from './difference.ts';
import type { KeepalivedFiles } from './files.ts';
import type { KeepalivedOutline } from './outline.ts';
import { askInstances } from './vrrp-dump.ts';

/** It takes 60 ms; a machine under load may need seconds. */
const patience = 20_000;

/**
 * Makes a running keepalived read its file again, and proves that it did: its log says that parent and child are through,
 * and its instances are those of the file. Neither alone would do: settings such as times show in no state, and a line in
 * a log does not say which file it was.
 */
export async function reloadKeepalived(
  keepalived: ProcessHandle,
  dumpSignal: number,
  files: KeepalivedFiles,
  outline: KeepalivedOutline,
  log: string,
  clock: Clock,
): Promise<Result<void, Failure>> {
  const from = await sizeOfLog(log);
  const deadline = clock.now() + patience;
  await signal(keepalived, 'SIGHUP');
  while (!/: Reload complete$/m.test(await readLogFrom(log, from))) {
    if (!(await isAlive(keepalived))) {
      const [why] = readComplaints(await readLogFrom(log, from));
      return err(failure(`keepalived ended${why === undefined ? '' : `: ${why}`}`, log));
    }
    if (clock.now() >= deadline) return err(failure('keepalived does not say that it has', log));
    await clock.sleep(20);
  }
  const dumped = await askInstances(keepalived, dumpSignal, files, clock, patience);
  if (dumped === undefined) return err(failure('keepalived does not say what it has', log));
  const what = difference(outline, dumped);
  return what === undefined ? ok(undefined) : err(failure(what, log));
}

function failure(what: string, log: string): Failure {
  return new Failure(
    'addresses-failed',
    `keepalived did not take the new configuration: ${what}`,
    `see ${log}`,
  );
}
