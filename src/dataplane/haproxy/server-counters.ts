import type { OneServersCounters, ServerCounters } from '../counters-port.ts';
import type { Row } from './cells.ts';
import { commands } from './runtime-socket.ts';
import { isServer, readStatistics, servers } from './show-stat.ts';
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
  const found: OneServersCounters[] = [];
  for (const text of statistics) {
    const read = readStatistics(text);
    if (read === undefined) return undefined;
    found.push(...read.filter(isServer).map((row) => serverCounters(row)));
  }
  return { at, workerPid: Number(pid), servers: found };
}

/**
 * @param row of the server in the statistics
 * @param before what was said of it before, perhaps; this very object when all is the same
 */
export function serverCounters(row: Row, before?: OneServersCounters): OneServersCounters {
  // Of servers HAProxy counts streams, not requests; each request is a stream of its own.
  const requests = row.number('stot');
  const responseTime = requests === 0 ? undefined : row.number('rtime');
  const found = {
    backend: row.get('pxname', before?.backend) ?? '',
    server: row.get('svname', before?.server) ?? '',
    requests,
    answers: row.number('req_tot'),
    answers4xx: row.number('hrsp_4xx'),
    answers5xx: row.number('hrsp_5xx'),
    connectErrors: row.number('econ'),
    responseErrors: row.number('eresp'),
    cutAnswers: row.number('srv_abrt'),
    abandoned: row.number('cli_abrt'),
    retries: row.number('wretr'),
    redispatches: row.number('wredis'),
    sessions: row.number('scur'),
    queued: row.number('qcur'),
  };
  const isAsBefore =
    before !== undefined &&
    before.requests === requests &&
    before.responseTime === responseTime &&
    before.sessions === found.sessions &&
    before.queued === found.queued &&
    before.answers === found.answers &&
    before.answers4xx === found.answers4xx &&
    before.answers5xx === found.answers5xx &&
    before.connectErrors === found.connectErrors &&
    before.responseErrors === found.responseErrors &&
    before.cutAnswers === found.cutAnswers &&
    before.abandoned === found.abandoned &&
    before.retries === found.retries &&
    before.redispatches === found.redispatches &&
    before.server === found.server &&
    before.backend === found.backend;
  if (isAsBefore) return before;
  return responseTime === undefined ? found : { ...found, responseTime };
}
