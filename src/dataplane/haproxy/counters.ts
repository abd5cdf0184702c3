import type { Counters } from '../counters-port.ts';
import { commands } from './runtime-socket.ts';
import { frontendsAndBackends, readStatistics, type StatRow } from './show-stat.ts';

/** Asks for the counters of a worker. Both questions go over one connection, so that one worker answers them. */
export async function readCounters(socket: string, at: number): Promise<Counters | undefined> {
  const answers = await commands(socket, [
    ['show', 'info'],
    ['show', 'stat', '-1', frontendsAndBackends, '-1'],
  ]);
  if (!answers.ok) return undefined;
  const [info = '', statistics = ''] = answers.value;
  return composeCounters(at, info, statistics);
}

/** Undefined when the texts are not what HAProxy answers. */
export function composeCounters(at: number, info: string, statistics: string): Counters | undefined {
  const pid = /^Pid: (\d+)$/m.exec(info)?.[1];
  const rows = readStatistics(statistics);
  if (pid === undefined || rows === undefined) return undefined;
  return countersIn(at, Number(pid), rows);
}

/** @param rows of whatever kinds; those of servers do not count */
export function countersIn(at: number, workerPid: number, rows: readonly StatRow[]): Counters {
  const kinds = Map.groupBy(rows, (row) => row.get('svname'));
  return {
    at,
    workerPid,
    frontends: (kinds.get('FRONTEND') ?? []).map((row) => ({
      ...common(row),
      connections: count(row, 'conn_tot'),
      // Counted for connections that close, or talk no TLS, before the handshake is done, too. Both 2.6 and 3.0 have it.
      failedHandshakes: count(row, 'ssl_failed_handshake'),
    })),
    backends: (kinds.get('BACKEND') ?? []).map((row) => ({
      ...common(row),
      connectErrors: count(row, 'econ'),
      responseErrors: count(row, 'eresp'),
    })),
  };
}

function common(row: StatRow): { name: string; requests: number; answers5xx: number } {
  return {
    name: row.get('pxname') ?? '',
    requests: count(row, 'req_tot'),
    answers5xx: count(row, 'hrsp_5xx'),
  };
}

function count(row: StatRow, column: string): number {
  return Number(row.get(column) ?? 0);
}
