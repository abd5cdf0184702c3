import type { BackendCounters, FrontendCounters } from '../counters-port.ts';
import type { Row } from './cells.ts';

export function frontendCounters(row: Row): FrontendCounters {
  return {
    ...common(row),
    connections: row.number('conn_tot'),
    // Counted for connections that close, or talk no TLS, before the handshake is done, too. Both 2.6 and 3.0 have it.
    failedHandshakes: row.number('ssl_failed_handshake'),
  };
}

export function backendCounters(row: Row): BackendCounters {
  return { ...common(row), connectErrors: row.number('econ'), responseErrors: row.number('eresp') };
}

function common(row: Row): { name: string; requests: number; answers5xx: number } {
  return {
    name: row.get('pxname') ?? '',
    requests: row.number('req_tot'),
    answers5xx: row.number('hrsp_5xx'),
  };
}
