import type { RuntimeState } from '../../model/runtime-state.ts';
import type { Survey } from '../counters-port.ts';
import { countersIn } from './counters.ts';
import type { Pace } from './exchange.ts';
import type { ProcessList } from './master-socket.ts';
import { commands } from './runtime-socket.ts';
import { composeRuntimeState } from './runtime-state.ts';
import { serverCountersIn } from './server-counters.ts';
import { readServerStates, type ServerStateRow } from './server-state.ts';
import { everything, readStatistics, type StatRow } from './show-stat.ts';
import { trafficIn } from './traffic.ts';

/** What a worker said of all its proxies and servers. */
export interface Answers {
  readonly workerPid: number;
  readonly rows: readonly StatRow[];
  readonly states: readonly ServerStateRow[];
}

/** What is known besides. */
export interface Surroundings {
  /** When the worker was asked, in milliseconds since 1970. */
  readonly at: number;
  readonly processes: ProcessList;
  /** Statistics of workers of earlier configurations, see {@link composeRuntimeState}. */
  readonly leaving: readonly StatRow[];
}

/**
 * Asks the current worker for all that it knows. The questions go over one connection, so that one worker answers them.
 * @returns undefined when none answers
 */
export async function askForAll(socket: string, pace: Pace): Promise<Answers | undefined> {
  const questions = [
    ['show', 'info'],
    ['show', 'stat', '-1', everything, '-1'],
    ['show', 'servers', 'state'],
  ];
  const answers = await commands(socket, questions, { pace });
  if (!answers.ok) return undefined;
  const [info = '', statistics = '', states = ''] = answers.value;
  return readAnswers(info, statistics, states);
}

/** Undefined when the texts are not what HAProxy answers. */
export function readAnswers(info: string, statistics: string, states: string): Answers | undefined {
  const workerPid = Number(/^Pid: (\d+)$/m.exec(info)?.[1]);
  const rows = readStatistics(statistics);
  const stateRows = readServerStates(states);
  if (Number.isNaN(workerPid) || rows === undefined || stateRows === undefined) return undefined;
  return { workerPid, rows, states: stateRows };
}

/** The state alone, which is half of the work. Undefined when no worker is listed. */
export function stateOf(
  { rows, states }: Answers,
  { at, processes, leaving }: Surroundings,
): RuntimeState | undefined {
  return composeRuntimeState(at, processes, rows, states, leaving);
}

/** All of it. Undefined when no worker is listed. */
export function surveyOf(answers: Answers, surroundings: Surroundings): Survey | undefined {
  const state = stateOf(answers, surroundings);
  if (state === undefined) return undefined;
  const { workerPid, rows } = answers;
  const { at } = surroundings;
  return {
    state,
    counters: countersIn(at, workerPid, rows),
    servers: serverCountersIn(at, workerPid, rows),
    traffic: trafficIn(rows),
  };
}
