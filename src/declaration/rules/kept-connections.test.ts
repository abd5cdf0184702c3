import { expect, test } from 'vitest';
import { readDraft } from '../draft.ts';
import { keptConnections } from './kept-connections.ts';

interface Times {
  readonly keepAlive?: string;
  readonly idle?: string;
  readonly toServers?: string;
  readonly listener?: string;
}

function findings({
  keepAlive = '60s',
  idle = '60s',
  toServers = 'trustedSegment: the server room',
  listener = '{ protocol: https, address: 10.20.0.1, port: 443, certificates: [live] }',
}: Times) {
  const draft = readDraft(
    `aorta: v1
site: times
certificates: { live: { pem: live.pem } }
authorities: { ca: { ca: ca.pem } }
virtualServices:
  live:
    listeners: [${listener}]
    timeouts: { keepAlive: ${keepAlive} }
    pool:
      ${toServers}
      servers: { a: { address: 10.20.1.1, port: 443 }, b: { address: 10.20.1.2, port: 443 } }
      connectionReuse: { idle: ${idle} }
`,
    'aorta.yaml',
  );
  if (!draft.ok) throw new Error('the declaration of the test is wrong');
  expect(draft.value.findings).toEqual([]);
  return [...keptConnections(draft.value)].map((finding) => draft.value.origins.diagnose(finding));
}

const bridging = 'tls: { verify: required, authority: ca, serverName: live.stelsewhere.example }';

test('connections that are kept cost nothing', () => {
  expect(findings({})).toEqual([]);
  expect(findings({ keepAlive: '10s', idle: '10s' })).toEqual([]);
});

test('who closes client connections at once is told what the next request pays', () => {
  const [finding, ...others] = findings({ keepAlive: '2s' });
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    code: 'connections-costly',
    severity: 'advice',
    path: ['virtualServices', 'live', 'timeouts', 'keepAlive'],
    location: { line: 8 },
    what: 'a client that pauses for 2s must connect again',
    mend: 'keep client connections for 60s or longer',
  });
  expect(finding?.why).toContain('11 to 15 times the processor time, 16 to 28 times without its TLS session');
});

test('plain connections of clients are not dear', () => {
  expect(findings({ keepAlive: '2s', listener: '{ protocol: http, address: 10.20.0.1, port: 80 }' })).toEqual(
    [],
  );
});

test('who closes connections to the servers at once is told the price of opening one, with and without TLS', () => {
  const [plain] = findings({ idle: '1s' });
  expect(plain).toMatchObject({
    code: 'connections-costly',
    severity: 'advice',
    path: ['virtualServices', 'live', 'pool', 'connectionReuse', 'idle'],
    location: { line: 12 },
  });
  expect(plain?.why).toContain('2.4 times');
  const [encrypted] = findings({ idle: '1s', toServers: bridging });
  expect(encrypted?.why).toContain('16 to 20 times');
  expect(encrypted?.mend).toContain('60s');
});
