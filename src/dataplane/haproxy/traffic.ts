import type { AnswerClass, BackendTraffic, FrontendTraffic } from '../counters-port.ts';
import type { Row } from './cells.ts';

export function backendTraffic(row: Row): BackendTraffic {
  return { name: row.get('pxname') ?? '', queued: row.number('qcur') };
}

export function frontendTraffic(row: Row): FrontendTraffic {
  return {
    name: row.get('pxname') ?? '',
    sessions: row.number('scur'),
    bytesIn: row.number('bin'),
    bytesOut: row.number('bout'),
    denied: row.number('dreq'),
    answers: answersOf(row),
    requests: row.number('req_tot'),
    connections: row.number('conn_tot'),
    deniedConnections: row.number('dcon'),
    failedHandshakes: row.number('ssl_failed_handshake'),
  };
}

function answersOf(row: Row): Record<AnswerClass, number> {
  return {
    '1xx': row.number('hrsp_1xx'),
    '2xx': row.number('hrsp_2xx'),
    '3xx': row.number('hrsp_3xx'),
    '4xx': row.number('hrsp_4xx'),
    '5xx': row.number('hrsp_5xx'),
    other: row.number('hrsp_other'),
  };
}
