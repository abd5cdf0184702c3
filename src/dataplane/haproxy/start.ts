import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { type LogFiles, openLog, readLogFrom, sizeOfLog } from '../log-files.ts';
import { type RuntimePaths } from '../runtime-paths.ts';
import { startDetached } from '../system/exec.ts';
import { privateDirectory } from '../system/files.ts';
import { findProcess, type ProcessHandle, signal } from '../system/processes.ts';
import { type Master, masterSocketOption } from './adopt.ts';
import { readAlerts } from './check.ts';
import { showProcesses } from './master-socket.ts';

/** Reading 50,000 servers and their certificates takes seconds on a small machine. */
const patience = 60_000;

/**
 * Starts HAProxy in master-worker mode, in a session of its own, and waits until its worker is there.
 *
 * `-W` and not `-Ws`: its only difference is that it tells systemd when it is ready, and the controller would not
 * want its child to speak for it. `-C /`: a failed reload leaves the master in the directory of the refused
 * generation, and once that is removed, every later reload would fail (measured with 3.0).
 */
export async function startHaproxy(
  binary: string,
  configuration: string,
  paths: RuntimePaths,
  logs: LogFiles,
  clock: Clock,
): Promise<Result<Master, Failure>> {
  await privateDirectory(logs.directory);
  const args = ['-C', '/', '-W', '-S', masterSocketOption(paths), '-p', paths.pidFile, '-f', configuration];
  const access = await openLog(logs.access);
  const own = await openLog(logs.process);
  try {
    const from = await sizeOfLog(logs.process);
    const { pid, exited } = await startDetached(binary, args, { stdout: access.fd, stderr: own.fd });
    let ended = false;
    void exited.then(() => {
      ended = true;
    });
    const process = await findProcess(pid);
    const deadline = clock.now() + patience;
    while (!ended && process !== undefined && clock.now() < deadline) {
      const answer = await showProcesses(paths.masterSocket);
      if (answer.kind === 'processes' && answer.list.master.pid === pid && answer.list.workers.length > 0) {
        return ok({ process, list: answer.list });
      }
      await clock.sleep(20);
    }
    return err(await explain(logs, from, process));
  } finally {
    await access.close();
    await own.close();
  }
}

async function explain(logs: LogFiles, from: number, process: ProcessHandle | undefined): Promise<Failure> {
  if (process !== undefined) await signal(process, 'SIGKILL');
  const [alert] = readAlerts(await readLogFrom(logs.process, from));
  return new Failure(
    'start-failed',
    alert?.what ?? 'HAProxy ended without saying why',
    `see ${logs.process}`,
  );
}
