import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { openLog, readLogFrom, sizeOfLog } from '../log-files.ts';
import { startDetached } from '../system/exec.ts';
import { findProcess, isAlive, type ProcessHandle } from '../system/processes.ts';
import { readComplaints } from './check.ts';
import { difference } from './difference.ts';
import type { KeepalivedFiles } from './files.ts';
import type { KeepalivedOutline } from './outline.ts';
import type { KeepalivedInstallation } from './version.ts';
import { askInstances } from './vrrp-dump.ts';

/** It is there within 100 ms; a machine under load may need seconds. */
const patience = 20_000;

/**
 * Starts keepalived in a session of its own, and waits until it says that it has what the file says. It must not be asked
 * before it says that it is through: until then, the signal that asks ends it (measured).
 *
 * `-P`: VRRP only, else it wants IPVS of the kernel. `-G -l`: it logs to our file and to no other. Not `-D`: it would write
 * lines for each announcement of each address, every second for ever.
 */
export async function startKeepalived(
  { binary, dumpSignal }: KeepalivedInstallation,
  files: KeepalivedFiles,
  outline: KeepalivedOutline,
  log: string,
  clock: Clock,
): Promise<Result<ProcessHandle, Failure>> {
  const own = await openLog(log);
  try {
    const from = await sizeOfLog(log);
    const { configuration, pidFile, vrrpPidFile } = files;
    const args = ['-n', '-P', '-l', '-G', '-f', configuration, '-p', pidFile, '-r', vrrpPidFile];
    // Where it writes its state: by default that would be a name in /tmp, the same for every keepalived.
    const variables = { TMPDIR: files.directory };
    const { pid } = await startDetached(binary, args, { stdout: own.fd, stderr: own.fd }, variables);
    const process = await findProcess(pid);
    const deadline = clock.now() + patience;
    while (process !== undefined && (await isAlive(process)) && clock.now() < deadline) {
      if (!/: Startup complete$/m.test(await readLogFrom(log, from))) {
        await clock.sleep(20);
        continue;
      }
      const dumped = await askInstances(process, dumpSignal, files, clock, deadline - clock.now());
      const what = dumped === undefined ? 'it does not answer' : difference(outline, dumped);
      return what === undefined ? ok(process) : err(explain(what, log));
    }
    return err(explain(readComplaints(await readLogFrom(log, from))[0], log));
  } finally {
    await own.close();
  }
}

function explain(what: string | undefined, log: string): Failure {
  return new Failure(
    'addresses-failed',
    what === undefined ? 'keepalived did not start' : `keepalived did not start: ${what}`,
    `see ${log}`,
  );
}
