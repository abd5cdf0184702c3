import { expect, test } from 'vitest';
import { readStatistics } from './show-stat.ts';
import { backendTraffic, frontendTraffic } from './traffic.ts';

const columns = [
  ...['pxname', 'svname', 'qcur', 'scur', 'bin', 'bout', 'dreq', 'type'],
  ...[
    'hrsp_1xx',
    'hrsp_2xx',
    'hrsp_3xx',
    'hrsp_4xx',
    'hrsp_5xx',
    'hrsp_other',
    'req_tot',
    'conn_tot',
    'dcon',
  ],
  'ssl_failed_handshake',
];

test('frontends with what clients did, backends with who waits', () => {
  const [live, backend, plain] =
    readStatistics(
      [
        `# ${columns.join(',')}`,
        'live,FRONTEND,,5,1000,2000,3,0,1,20,2,4,5,6,40,30,7,8',
        'live.servers,BACKEND,2,5,1000,2000,3,1,1,20,2,4,5,6,40,,,',
        // Of a frontend without HTTP, and of another version, columns are empty.
        'plain,FRONTEND,,,,,,0,,,,,,,,,,',
      ].join('\n'),
    ) ?? [];
  const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, other: 0 };
  const zero = { connections: 0, deniedConnections: 0, failedHandshakes: 0, requests: 0, denied: 0 };
  expect(live && frontendTraffic(live)).toEqual({
    name: 'live',
    sessions: 5,
    bytesIn: 1000,
    bytesOut: 2000,
    denied: 3,
    answers: { '1xx': 1, '2xx': 20, '3xx': 2, '4xx': 4, '5xx': 5, other: 6 },
    requests: 40,
    connections: 30,
    deniedConnections: 7,
    failedHandshakes: 8,
  });
  expect(plain && frontendTraffic(plain)).toEqual({
    ...zero,
    name: 'plain',
    sessions: 0,
    bytesIn: 0,
    bytesOut: 0,
    answers: none,
  });
  expect(backend && backendTraffic(backend)).toEqual({ name: 'live.servers', queued: 2 });
});
