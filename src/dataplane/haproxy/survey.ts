import type { Survey } from '../counters-port.ts';
import { countersIn } from './counters.ts';
import type { Pace } from './exchange.ts';
import type { ProcessList } from './master-socket.ts';
import { commands } from './runtime-socket.ts';
import { composeRuntimeState } from './runtime-state.ts';
import { serverCountersIn } from './server-counters.ts';
import { readServerStates } from './server-state.ts';
import { everything, readStatistics, type StatRow } from './show-stat.ts';
import { trafficIn } from './traffic.ts';

/**
 * Asks the current worker for all that it knows of its proxies and servers. The questions go over one connection, so that
 * one worker answers them.
 *
 * @param at milliseconds since 1970
 * @param leaving statistics of workers of earlier configurations, see {@link composeRuntimeState}
 * @returns undefined when no worker answers
 */
export async function readSurvey(
  socket: string,
  at: number,
  processes: ProcessList,
  leaving: readonly StatRow[],
  pace: Pace,
): Promise<Survey | undefined> {
  const questions = [
    ['show', 'info'],
    ['show', 'stat', '-1', everything, '-1'],
    ['show', 'servers', 'state'],
  ];
  const answers = await commands(socket, questions, { pace });
  if (!answers.ok) return undefined;
  const [info = '', statistics = '', states = ''] = answers.value;
  return composeSurvey(at, info, statistics, states, processes, leaving);
}

/** Undefined when the texts are not what HAProxy answers, or when no worker is listed. */
export function composeSurvey(
  at: number,
  info: string,
  statistics: string,
  states: string,
  processes: ProcessList,
  leaving: readonly StatRow[],
): Survey | undefined {
  const pid = Number(/^Pid: (\d+)$/m.exec(info)?.[1]);
  const rows = readStatistics(statistics);
  const serverRows = readServerStates(states);
  if (Number.isNaN(pid) || rows === undefined || serverRows === undefined) return undefined;
  const state = composeRuntimeState(at, processes, rows, serverRows, leaving);
  if (state === undefined) return undefined;
  return {
    state,
    counters: countersIn(at, pid, rows),
    servers: serverCountersIn(at, pid, rows),
    traffic: trafficIn(rows),
  };
}
