import type { RuntimeFrontend, RuntimeServer } from '../../model/runtime-state.ts';
import type {
  BackendCounters,
  BackendTraffic,
  FrontendCounters,
  FrontendTraffic,
  OneServersCounters,
  Survey,
} from '../counters-port.ts';
import { Cells, type Row } from './cells.ts';
import { backendCounters, frontendCounters } from './counters.ts';
import type { Pace, Space } from './exchange.ts';
import type { ProcessList } from './master-socket.ts';
import { answersTo } from './runtime-socket.ts';
import { elsewhereIn, runtimeFrontend, runtimeProcess, runtimeServer } from './runtime-state.ts';
import { serverCounters } from './server-counters.ts';
import { everything, isServer } from './show-stat.ts';
import { ToldStates } from './told-states.ts';
import { backendTraffic, frontendTraffic } from './traffic.ts';

/** What a worker said of all its proxies and servers, not read yet. */
export interface Answers {
  readonly info: Buffer;
  readonly statistics: Buffer;
  readonly states: Buffer;
}

/** What is known besides. */
export interface Surroundings {
  /** When the worker was asked, in milliseconds since 1970. */
  readonly at: number;
  readonly processes: ProcessList;
  /** Statistics of workers of earlier configurations, whose sessions are on the servers too. */
  readonly leaving: readonly Row[];
}

/**
 * Asks the current worker for all that it knows. The questions go over one connection, so that one worker answers them.
 * @param space in which the answers are until it is used again
 * @returns undefined when none answers
 */
export async function askForAll(socket: string, pace: Pace, space?: Space): Promise<Answers | undefined> {
  const questions = [
    ['show', 'info'],
    ['show', 'stat', '-1', everything, '-1'],
    ['show', 'servers', 'state'],
  ];
  const answers = await answersTo(socket, questions, { pace, ...(space === undefined ? {} : { space }) });
  if (!answers.ok) return undefined;
  const [info, statistics, states] = answers.value;
  if (info === undefined || statistics === undefined || states === undefined) return undefined;
  return { info, statistics, states };
}

/**
 * Reads all of it, in one walk. Undefined when it is not what HAProxy answers, or no worker is listed.
 * @param before an earlier survey, perhaps. Most servers say the same again: they stay the same objects, which nobody has to
 * make and clear away. Nothing else is taken from it, but for {@link RuntimeServer.since}, which trembles otherwise
 */
export function surveyOf(
  { info, statistics, states }: Answers,
  { at, processes, leaving }: Surroundings,
  before?: Survey,
): Survey | undefined {
  const workerPid = Number(/^Pid: (\d+)$/m.exec(info.toString())?.[1]);
  const process = runtimeProcess(processes);
  const rows = Cells.ofStatistics(statistics);
  const told = ToldStates.of(states);
  if (Number.isNaN(workerPid) || process === undefined || rows === undefined || told === undefined)
    return undefined;
  const elsewhere = elsewhereIn(leaving);
  const state = { at, process, frontends: [] as RuntimeFrontend[], servers: [] as RuntimeServer[] };
  const counters = {
    at,
    workerPid,
    frontends: [] as FrontendCounters[],
    backends: [] as BackendCounters[],
  };
  const servers: OneServersCounters[] = [];
  const traffic = { frontends: [] as FrontendTraffic[], backends: [] as BackendTraffic[] };
  while (rows.next()) {
    if (isServer(rows)) {
      const index = servers.length;
      state.servers.push(runtimeServer(rows, at, told, elsewhere, before?.state.servers[index]));
      servers.push(serverCounters(rows, before?.servers.servers[index]));
    } else if (rows.is('svname', 'FRONTEND')) {
      state.frontends.push(runtimeFrontend(rows));
      counters.frontends.push(frontendCounters(rows));
      traffic.frontends.push(frontendTraffic(rows));
    } else if (rows.is('svname', 'BACKEND')) {
      counters.backends.push(backendCounters(rows));
      traffic.backends.push(backendTraffic(rows));
    }
  }
  return { state, counters, servers: { at, workerPid, servers }, traffic };
}

/** The servers alone, of one backend or some; none when it is not what HAProxy answers. */
export function serversOf(at: number, statistics: Buffer, states: Buffer | undefined): RuntimeServer[] {
  const rows = Cells.ofStatistics(statistics);
  const told = states && ToldStates.of(states);
  const elsewhere = elsewhereIn([]);
  const servers: RuntimeServer[] = [];
  while (rows?.next() === true) if (isServer(rows)) servers.push(runtimeServer(rows, at, told, elsewhere));
  return servers;
}
