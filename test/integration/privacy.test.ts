import { connect as connectHttp2 } from 'node:http2';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pathWords } from '../../src/blueprints/meditech/restful-api/path-words.ts';
import { type FrontClient, frontClient } from '../harness/front-client.ts';
import { type LabFront, startLabFront, type VirtualEnd } from '../harness/lab-front.ts';
import { openRaw, type RawEnd } from '../harness/raw-request.ts';
import { conversations, seeds, streams, targets } from '../harness/seeded-requests.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream } from '../harness/upstream.ts';
import { everythingWritten, found } from '../harness/written.ts';

const needles = Object.values(seeds);
let front: LabFront;
let behind: Upstream;
let client: FrontClient;

beforeAll(async () => {
  // Says back what it got, in body and headers, and can hang or break off.
  behind = await startUpstream({
    answer: (request, response) => {
      const { url = '', headers } = request;
      if (url.startsWith('/hang')) return;
      if (url.startsWith('/break')) {
        request.socket.destroy();
        return;
      }
      response.setHeader('set-cookie', `session=${seeds.cookie}`);
      response.setHeader('x-patient', seeds.family);
      response.setHeader('mtrestapi-requestid', `${seeds.family} ${seeds.record}`);
      response.end(JSON.stringify({ url, headers }));
    },
  });
  front = await startLabFront({ tls: 'bridging', virtualServices: services });
  client = frontClient(front.apis, 'HTTP/1.1');
}, 60_000);
afterAll(async () => {
  client?.close();
  await front?.stop();
  await behind?.close();
});

/** Beside the real ones: one with short times, and one whose access list has nobody on it. */
function services(prefix: string): Record<string, unknown> {
  const pool = {
    servers: { echo: { address: behind.address, port: behind.port } },
    trustedSegment: 'loopback',
  };
  const common = {
    pool,
    maxConnections: 500,
    timeouts: { request: '1s', client: '2s', server: '1s', keepAlive: '1s' },
  };
  const accessLog = {
    requestIdHeader: 'mtrestapi-requestid',
    clientAddress: 'full',
    pathWords: ['Patient', 'uscore'],
  };
  return {
    short: { ...common, accessLog, listeners: [{ protocol: 'http', address: `${prefix}.103`, port: 80 }] },
    closed: {
      ...common,
      accessList: { allow: ['10.0.0.0/8'] },
      listeners: [{ protocol: 'http', address: `${prefix}.104`, port: 80 }],
    },
  };
}

test('nothing that a client says, in any place and with any outcome, is in anything that the product writes', async () => {
  const { apis, apps } = front;
  const short = beside(apis, 103);
  const closed = beside(apis, 104);
  const redirect = { ...beside(apis, 100) };
  const talk = async (): Promise<void> => {
    for (const end of [apis, apps, redirect, short, closed])
      await inBatches(conversations, (text) => converse(end, text));
    await inBatches(streams, (headers) => stream(apis, headers));
  };
  await talk();
  // 408, 502, 504.
  await inBatches(
    [
      ...targets.map((target) => `GET /hang${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      ...targets.map(
        (target) =>
          `POST /break${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      ),
      `POST /${seeds.record} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n${seeds.family}`,
      `GET /${seeds.record} HTTP/1.1\r\nHost: ${seeds.family}`,
    ],
    (text) => converse(short, text, 4_000),
  );
  // Handshakes that fail, and names that nobody has.
  const tls = { host: apis.address, port: apis.port, rejectUnauthorized: false };
  await handshake({
    ...tls,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
    servername: `${seeds.family}.example`,
  });
  await handshake({ ...tls, servername: `${seeds.record}.example` });
  await handshake({ ...tls, ca: 'none', rejectUnauthorized: true, servername: `${seeds.family}.example` });
  await handshake({ ...tls, ALPNProtocols: [seeds.family], servername: apis.hostname });
  for (const text of conversations.slice(0, 3)) await converse({ ...apis, port: 443, ca: undefined }, text);
  // A request id that is one, and a path as promised.
  await client.ask(`/v1/uscore/R4/Patient/${seeds.record}?name=${seeds.family}`, {
    headers: { cookie: seeds.cookie },
  });
  await until('the last line', async () =>
    (await records()).some(({ path, status }) => path === '/v1/uscore/R4/Patient/{id}' && status === 401)
      ? true
      : undefined,
  );
  // 503.
  await Promise.all(['api-1', 'api-2'].map((name) => front.estate.kill(name)));
  await until('the sorry answer', async () => ((await client.ask('/v7')).status === 503 ? true : undefined));
  await talk();

  const lines = await records();
  const statuses = new Set(lines.map(({ status }) => status));
  for (const status of [200, 301, 308, 401, 403, 408, 502, 503, 504]) expect(statuses).toContain(status);
  const events = new Set(lines.map(({ event }) => event));
  expect(events).toEqual(new Set(['request', 'request-malformed', 'connection-failed']));

  const written = await everythingWritten(front.product);
  const names = written.map(({ where }) => where).join('\n');
  for (const name of ['log/access.log', 'log/haproxy.log', 'haproxy.cfg', 'aorta render'])
    expect(names).toContain(name);
  console.log(`${lines.length} lines of the access log, ${written.length} outputs searched`);
  for (const { where, bytes } of written)
    expect({ where, found: found(bytes, needles) }).toEqual({ where, found: [] });
}, 120_000);

const requestKeys = [
  ...['time', 'event', 'service', 'server', 'method', 'path', 'status', 'bytes_in', 'bytes_out'],
  ...['request_ms', 'queue_ms', 'connect_ms', 'response_ms', 'total_ms', 'termination', 'retries', 'limit'],
  ...['http_version', 'tls_version', 'tls_cipher', 'client', 'request_id'],
];

/** Of writes, besides the others. */
const hopKeys = ['server', 'queue_ms', 'connect_ms', 'response_ms', 'retries', 'termination'].map(
  (key) => `hop_${key}`,
);

test('each line is JSON with the agreed keys and values from closed sets', async () => {
  const known = new Set<unknown>([...pathWords, '', '{id}']);
  for (const record of await records()) {
    const keys = Object.keys(record);
    if (record.event !== 'request') {
      expect(keys).toEqual(['time', 'event', 'service', 'error', 'tls_error', 'client']);
    } else if (keys.includes('hop_server')) {
      expect(keys.filter((key) => !hopKeys.includes(key)).sort()).toEqual(requestKeys.toSorted());
      expect(['GET', 'HEAD', 'OPTIONS']).not.toContain(record.method);
    } else expect(keys).toEqual(requestKeys);
    expect(record.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(record.service).toMatch(/^(live-apis|live-apps|short|closed)(\.redirect)?$/);
    expect(record.client).toMatch(/^127(\.\d+){3}$/);
    if (record.event !== 'request') continue;
    const unknown = (typeof record.path === 'string' ? record.path : '')
      .split('/')
      .filter((segment) => !known.has(segment) && !/^v\d{1,2}$/.test(segment));
    expect(unknown).toEqual([]);
    expect(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'OTHER']).toContain(record.method);
    expect(record.request_id ?? '00000000-0000').toMatch(/^[0-9a-f-]{13,36}$/);
  }
});

test('a request of the API is logged with its path template and the request id of the server', async () => {
  const found = (await records()).filter(
    ({ path, status }) => path === '/v1/uscore/R4/Patient/{id}' && status === 401,
  );
  expect(found.length).toBeGreaterThan(0);
  for (const record of found)
    expect(record.request_id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

// Guards the search itself: it must be able to fail.
test.each([
  ['as it is', seeds.family],
  ['in capitals', seeds.family.toUpperCase()],
  ['percent-encoded', '%51uxworthy'],
  ['percent-encoded twice', '%2551uxworthy'],
  ['base64', Buffer.from(`a:${seeds.family}:b`).toString('base64')],
  ['base64 of base64url', Buffer.from(`${seeds.family}|x`).toString('base64url')],
  ['hexadecimal', Buffer.from(seeds.family).toString('hex')],
  ['UTF-16', Buffer.from(seeds.family, 'utf16le').toString('latin1')],
])('the search finds a seed %s', (_, text) => {
  expect(found(Buffer.from(`line ${text} line`, 'latin1'), needles)).toEqual([seeds.family]);
});

async function records(): Promise<Record<string, unknown>[]> {
  return (await front.product.accessLog()).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Plain HTTP on port 80 of another address of the same network. */
function beside({ address, hostname }: VirtualEnd, last: number): RawEnd {
  return { address: address.replace(/\d+$/, String(last)), port: 80, hostname };
}

async function inBatches<T>(all: readonly T[], one: (each: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += 25) await Promise.all(all.slice(at, at + 25).map(one));
}

/** Whatever comes back, and however it ends. */
async function converse(
  end: RawEnd | (Omit<RawEnd, 'ca'> & { ca: undefined }),
  text: string,
  patience = 400,
): Promise<void> {
  const { ca, ...rest } = end;
  const socket = await openRaw(ca === undefined ? rest : { ...rest, ca });
  await new Promise<void>((resolve) => {
    socket.setTimeout(patience, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
    socket.resume();
    socket.write(Buffer.from(text, 'latin1'));
  });
}

function stream(end: VirtualEnd, headers: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve) => {
    const session = connectHttp2(`https://${end.address}:${end.port}`, {
      ca: end.ca,
      servername: end.hostname,
    });
    session.on('error', () => undefined);
    session.setTimeout(2_000, () => session.destroy());
    session.once('close', () => resolve());
    const sent = session.request({ ':authority': end.hostname, ...headers }, { endStream: true });
    sent.on('error', () => undefined);
    sent.once('close', () => session.close());
    sent.resume();
  });
}

function handshake(options: ConnectionOptions): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTls(options, () => socket.end());
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
    socket.resume();
  });
}
