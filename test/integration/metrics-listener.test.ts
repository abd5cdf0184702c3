import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServedMetrics, serveMetrics } from '../../src/api/serve-metrics.ts';
import type { Network } from '../../src/model/address.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { ask } from '../harness/ask.ts';
import { loopbackAddress } from '../harness/loopback.ts';

// Guards: whoever reads metrics, slowly or from anywhere, gets nothing else and holds nothing up.

let endpoint: Endpoint;
let served: ServedMetrics | undefined;
let notes: string[];
let bugs: unknown[];
let asked: number;
let text: () => Promise<Buffer>;
beforeEach(() => {
  endpoint = { host: loopbackAddress(), port: 7444 } as Endpoint;
  served = undefined;
  notes = [];
  bugs = [];
  asked = 0;
  text = async () => Buffer.from('aorta_drift_items 0\n');
});
afterEach(() => served?.close());

async function serve(...from: readonly string[]): Promise<void> {
  served = await serveMetrics({
    endpoint,
    from: (from.length === 0 ? ['127.0.0.0/8'] : from) as Network[],
    text: () => {
      asked += 1;
      return text();
    },
    clock: { now: Date.now },
    onNote: (note) => notes.push(note),
    onBug: (error) => bugs.push(error),
  });
}

interface Caller {
  readonly socket: Socket;
  /** All that came until the connection ended. */
  readonly ended: Promise<string>;
}

/** A connection that says what a test wants it to say. @param from where it comes from */
function call(words = '', from = '127.0.0.1'): Caller {
  const socket = connectTcp({ host: endpoint.host, port: endpoint.port, localAddress: from });
  let said = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    said += part;
  });
  socket.on('error', () => undefined);
  if (words !== '') socket.write(words);
  return { socket, ended: new Promise((resolve) => void socket.once('close', () => resolve(said))) };
}

const get = (path: string, method = 'GET') => `${method} ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;

test('GET /metrics is answered in the text format, on a connection of its own', async () => {
  await serve();
  const answer = await ask(endpoint.host, endpoint.port, '/metrics?from=prometheus');
  expect(answer).toMatchObject({
    status: 200,
    body: 'aorta_drift_items 0\n',
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', connection: 'close' },
  });
  // Two requests in one write: the second one would be another place for a caller to wait.
  const both = await call(get('/metrics') + get('/metrics')).ended;
  expect(both.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
});

test.each([
  ['GET', '/'],
  ['GET', '/metrics/'],
  ['GET', '/v1/status'],
  ['GET', '/%6detrics'],
  ['GET', 'http://other/metrics'],
  ['HEAD', '/metrics'],
  ['POST', '/metrics'],
  ['DELETE', '/metrics'],
  ['OPTIONS', '*'],
])('%s %s is 404, and nothing is asked for it', async (method, path) => {
  await serve();
  expect(await call(get(path, method)).ended).toMatch(/^HTTP\/1\.1 404 /);
  expect(asked).toBe(0);
});

test('what is no HTTP gets no metrics', async () => {
  await serve();
  expect(await call('\x16\x03\x01\x02\x00\x01\x00\x01\xfc').ended).not.toMatch(/ 200 /);
  expect(await call(`GET /metrics HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`).ended).toMatch(/ 431 /);
  expect(asked).toBe(0);
});

test('a source that is not allowed is closed before it says anything, and told of once', async () => {
  await serve('127.0.0.2/32', '2001:db8::/32');
  expect(await call(get('/metrics'), '127.0.0.1').ended).toBe('');
  const many = Array.from({ length: 20 }, () => call('', '127.0.0.3').ended);
  expect(new Set(await Promise.all(many))).toEqual(new Set(['']));
  expect(asked).toBe(0);
  expect(notes).toEqual([
    'a connection for metrics was refused: it comes from a network that `metrics` of the node file does not name',
  ]);
  expect(await call(get('/metrics'), '127.0.0.2').ended).toMatch(/^HTTP\/1\.1 200 /);
});

test('a caller that says nothing, or half of it, is closed within seconds', async () => {
  await serve();
  const callers = [call(), call('GET /metr'), call('GET /metrics HTTP/1.1\r\nhost: a\r\n')];
  for (const { ended } of callers) expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
  expect(asked).toBe(0);
}, 20_000);

test('who does not read holds a place and nothing else; more than eight at once are refused', async () => {
  text = async () => Buffer.alloc(20_000_000, 'a');
  await serve();
  const stuck = Array.from({ length: 8 }, () => call(get('/metrics')));
  for (const { socket } of stuck) {
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.pause();
  }
  expect(await call(get('/metrics')).ended).toBe('');
  expect(notes).toEqual(['a connection for metrics was refused: there are too many connections']);
  stuck[0]?.socket.destroy();
  await stuck[0]?.ended;
  // The place is free again.
  expect((await ask(endpoint.host, endpoint.port, '/metrics')).body).toHaveLength(20_000_000);
  for (const { socket } of stuck) socket.destroy();
});

test('a bug while the text is written ends the connection, and is told', async () => {
  text = () => Promise.reject(new Error('oops'));
  await serve();
  expect(await call(get('/metrics')).ended).toBe('');
  expect(bugs).toEqual([new Error('oops')]);
});

test('the end does not wait for anybody', async () => {
  await serve();
  const callers = [call(), call('GET /metr')];
  for (const { socket } of callers) await new Promise((resolve) => socket.once('connect', resolve));
  await served?.close();
  served = undefined;
  await Promise.all(callers.map(({ ended }) => ended));
  await expect(ask(endpoint.host, endpoint.port, '/metrics')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

describe('what it cannot listen on', () => {
  test('a port that somebody else holds', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(endpoint.port, endpoint.host, resolve));
    try {
      await expect(serve()).rejects.toMatchObject({
        code: 'address-taken',
        message: `another program listens on ${endpoint.host}:7444, where metrics are to`,
        mend: 'end it, or write another port under `metrics` of the node file',
      });
    } finally {
      other.close();
    }
  });

  test('an address of another machine', async () => {
    endpoint = { host: '192.0.2.1', port: 7444 } as Endpoint;
    await expect(serve()).rejects.toMatchObject({
      code: 'address-not-local',
      message: '192.0.2.1:7444, where metrics are to listen, is not of this machine',
    });
  });
});
