import type { OneServersCounters, ServerCounters } from '../counters-port.ts';
import { commands } from './runtime-socket.ts';
import { count, readStatistics, type StatRow, servers } from './show-stat.ts';
import { nameWord } from './words.ts';

/** From so many on, HAProxy is asked for all servers at once: the questions fit on one connection, and so on one worker. */
export const many = 80;

/**
 * Asks the current worker for the counters of the servers of some backends. Undefined when none answers, or when it does
 * not know one of the backends: it runs something else then.
 */
export async function readServerCounters(
  socket: string,
  at: number,
  backends: readonly string[],
): Promise<ServerCounters | undefined> {
  const asked = backends.length > many ? ['-1'] : backends.map(nameWord);
  const answers = await commands(socket, [
    ['show', 'info'],
    ...asked.map((backend) => ['show', 'stat', backend, servers, '-1']),
  ]);
  if (!answers.ok) return undefined;
  const [info = '', ...statistics] = answers.value;
  const found = composeServerCounters(at, info, statistics);
  if (found === undefined || asked.length === backends.length) return found;
  return ofBackends(found, backends);
}

export function ofBackends(found: ServerCounters, backends: readonly string[]): ServerCounters {
  const wanted = new Set(backends);
  return { ...found, servers: found.servers.filter(({ backend }) => wanted.has(backend)) };
}

/** Undefined when a text is not what HAProxy answers. */
export function composeServerCounters(
  at: number,
  info: string,
  statistics: readonly string[],
): ServerCounters | undefined {
  const pid = /^Pid: (\d+)$/m.exec(info)?.[1];
  if (pid === undefined) return undefined;
  const rows: StatRow[] = [];
  for (const text of statistics) {
    const read = readStatistics(text);
    if (read === undefined) return undefined;
    rows.push(...read);
  }
  return serverCountersIn(at, Number(pid), rows);
}

/** @param rows of whatever kinds; only those of servers count */
export function serverCountersIn(at: number, workerPid: number, rows: readonly StatRow[]): ServerCounters {
  return { at, workerPid, servers: rows.filter((row) => row.get('type') === '2').map(countersOf) };
}

function countersOf(row: StatRow): OneServersCounters {
  // Of servers HAProxy counts streams, not requests; each request is a stream of its own.
  const requests = count(row, 'stot');
  return {
    backend: row.get('pxname') ?? '',
    server: row.get('svname') ?? '',
    requests,
    answers: count(row, 'req_tot'),
    answers4xx: count(row, 'hrsp_4xx'),
    answers5xx: count(row, 'hrsp_5xx'),
    connectErrors: count(row, 'econ'),
    responseErrors: count(row, 'eresp'),
    cutAnswers: count(row, 'srv_abrt'),
    abandoned: count(row, 'cli_abrt'),
    retries: count(row, 'wretr'),
    redispatches: count(row, 'wredis'),
    ...(requests === 0 ? {} : { responseTime: count(row, 'rtime') }),
    sessions: count(row, 'scur'),
    queued: count(row, 'qcur'),
  };
}
