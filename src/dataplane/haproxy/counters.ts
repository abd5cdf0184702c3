import type { Counters } from '../counters-port.ts';
import { count, type StatRow } from './show-stat.ts';

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
