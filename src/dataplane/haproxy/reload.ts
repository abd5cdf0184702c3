import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { type LogFiles, readLogFrom, sizeOfLog } from '../log-files.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import type { Master } from './adopt.ts';
import { readAlerts } from './check.ts';
import { requestReload, showProcesses } from './master-socket.ts';
import type { Capabilities } from './version.ts';

/** As long as a start may take. */
const patience = 60_000;

/**
 * Makes a running master read its configuration again and waits for the verdict: the new list of processes, or why
 * HAProxy went on with the old configuration.
 */
export async function reloadHaproxy(
  master: Master,
  capabilities: Capabilities,
  paths: RuntimePaths,
  logs: LogFiles,
  clock: Clock,
): Promise<Result<Master, Failure>> {
  const from = await sizeOfLog(logs.process);
  const deadline = clock.now() + patience;
  const answer = await requestReload(paths.masterSocket, patience);
  if (answer.kind === 'nobody') return err(failure('HAProxy ended before it was asked to reload', logs));
  if (answer.kind === 'refused')
    return err(failure(readAlerts(answer.log)[0]?.what ?? 'HAProxy gave no reason', logs));
  // With a synchronous answer only the list is wanted; without one, the list holds the verdict.
  const decided = capabilities.synchronousReload && answer.kind === 'done';
  const before = master.list.master.reloads;
  while (clock.now() < deadline) {
    // The socket is mute while the master starts itself again, and for two seconds when it cannot bind.
    const now = await showProcesses(paths.masterSocket);
    if (now.kind === 'processes' && (decided || now.list.master.reloads > before)) {
      if (now.list.master.failed === 0 && now.list.workers.length > 0)
        return ok({ process: master.process, list: now.list });
      if (now.list.master.failed > 0) {
        const said = await readLogFrom(logs.process, from);
        return err(failure(readAlerts(said)[0]?.what ?? 'HAProxy gave no reason', logs));
      }
    }
    await clock.sleep(25);
  }
  return err(failure(`HAProxy gave no verdict within ${patience / 1_000} s`, logs));
}

function failure(what: string, logs: LogFiles): Failure {
  return new Failure('reload-failed', what, `see ${logs.process}; the configuration before is in service`);
}
