import { expect, test } from 'vitest';
import type { BackendIr, ServerIr } from '../ir/haproxy.ts';
import { renderBackend } from './backend.ts';
import { dynamicServerWords } from './dynamic-server.ts';
import { Emitter } from './emitter.ts';

const server: ServerIr = {
  name: 'api-1',
  origin: [],
  address: '2001:db8::11',
  port: 443,
  weight: 50,
  maxConnections: 200,
  admin: 'ready',
};

const backend: BackendIr = {
  name: 'live.servers',
  origin: [],
  balance: 'leastconn',
  persistence: {
    kind: 'cookie',
    name: 'AORTA',
    drainedList: 'drained/a.list',
    idle: 1,
    life: 1,
    secure: true,
  },
  check: {
    kind: 'https',
    request: { method: 'GET', path: '/', expectStatus: [200] },
    port: 8443,
    interval: 2_000,
    fastInterval: 500,
    downInterval: 1_000,
    fall: 2,
    rise: 3,
  },
  passiveErrorLimit: 3,
  retry: { attempts: 1, safeMethodsOn: [] },
  timeouts: { connect: 1, server: 1, queue: 1, tunnel: 1, check: 1, body: 60_000 },
  reuse: { keepAtLeast: 64, idle: 120_000 },
  tls: { verify: 'required', authorityFile: 'ca/hospital.pem', serverName: 'apis.stelsewhere.example' },
  servers: [server],
};

test('a server that is added says all that it would inherit in the file', () => {
  expect(dynamicServerWords(backend, server).join(' ')).toBe(
    'live.servers/api-1 [2001:db8::11]:443 check port 8443 inter 2s fastinter 500ms downinter 1s fall 2 rise 3 observe layer7 error-limit 3 on-error mark-down pool-low-conn 64 pool-purge-delay 12s ssl verify required ca-file ca/hospital.pem verifyhost apis.stelsewhere.example sni str(apis.stelsewhere.example) pool-max-conn -1 weight 50 maxconn 200 cookie api-1',
  );
});

test.each(['ready', 'drain', 'maintenance'] as const)('word for word what the file says: %s', (admin) => {
  const one = { ...server, admin };
  const out = new Emitter();
  renderBackend(out, { ...backend, servers: [one] });
  const words = out.lines
    .map(({ text }) => text.trim().split(' '))
    .filter(([keyword]) => keyword === 'default-server' || keyword === 'server')
    .flatMap(([keyword, ...rest]) => (keyword === 'server' ? rest.slice(1) : rest));
  const inFile = words.filter((word) => word !== 'disabled');
  const [, ...added] = dynamicServerWords(backend, one);
  expect(added.filter((word) => word !== 'pool-max-conn' && word !== '-1').sort()).toEqual(inFile.sort());
});
