import type { AnswerClass, BackendTraffic, FrontendTraffic, Traffic } from '../counters-port.ts';
import { count, type StatRow } from './show-stat.ts';

/** @param rows of whatever kinds; those of frontends and backends count */
export function trafficIn(rows: readonly StatRow[]): Traffic {
  const frontends: FrontendTraffic[] = [];
  const backends: BackendTraffic[] = [];
  for (const row of rows) {
    const kind = row.get('svname');
    if (kind === 'FRONTEND') frontends.push(frontendOf(row));
    else if (kind === 'BACKEND') backends.push({ name: row.get('pxname') ?? '', queued: count(row, 'qcur') });
  }
  return { frontends, backends };
}

/** In the order of the columns: a row is cut as far as it was asked. */
function frontendOf(row: StatRow): FrontendTraffic {
  return {
    name: row.get('pxname') ?? '',
    sessions: count(row, 'scur'),
    bytesIn: count(row, 'bin'),
    bytesOut: count(row, 'bout'),
    denied: count(row, 'dreq'),
    answers: answersOf(row),
    requests: count(row, 'req_tot'),
    connections: count(row, 'conn_tot'),
    deniedConnections: count(row, 'dcon'),
    failedHandshakes: count(row, 'ssl_failed_handshake'),
  };
}

function answersOf(row: StatRow): Record<AnswerClass, number> {
  return {
    '1xx': count(row, 'hrsp_1xx'),
    '2xx': count(row, 'hrsp_2xx'),
    '3xx': count(row, 'hrsp_3xx'),
    '4xx': count(row, 'hrsp_4xx'),
    '5xx': count(row, 'hrsp_5xx'),
    other: count(row, 'hrsp_other'),
  };
}
