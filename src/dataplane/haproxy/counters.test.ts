import { expect, test } from 'vitest';
import { backendCounters, frontendCounters } from './counters.ts';
import { readStatistics } from './show-stat.ts';

test('frontends and backends are counted, each with what it has', () => {
  const statistics = [
    '# pxname,svname,conn_tot,econ,eresp,hrsp_5xx,req_tot,-,ssl_failed_handshake,',
    'live,FRONTEND,6,,,2,10,-,3,',
    'live.servers,api-1,,1,1,1,5,-,0,',
    'live.servers,BACKEND,,4,1,2,9,-,0,',
    '',
  ].join('\n');
  const [frontend, , backend] = readStatistics(statistics) ?? [];
  expect(frontend && frontendCounters(frontend)).toEqual({
    name: 'live',
    connections: 6,
    requests: 10,
    answers5xx: 2,
    failedHandshakes: 3,
  });
  expect(backend && backendCounters(backend)).toEqual({
    name: 'live.servers',
    requests: 9,
    answers5xx: 2,
    connectErrors: 4,
    responseErrors: 1,
  });
});
