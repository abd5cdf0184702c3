import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loopbackAddress } from '../harness/loopback.ts';
import { head, openRaw, rawRequest } from '../harness/raw-request.ts';
import { startThinFront, type ThinFront } from '../harness/thin-front.ts';

const zipped = gzipSync('synthetic '.repeat(1_000));
const address = loopbackAddress();
let behind: Server;
let front: ThinFront;
const upgraded = new Set<Socket>();
beforeAll(async () => {
  behind = createServer(answer);
  // Node would say 100 Continue by itself; here the server must not need to.
  behind.on('checkContinue', answer);
  behind.on('upgrade', (request, socket: Socket, first) => {
    upgraded.add(socket);
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket'];
    socket.write(
      [...lines, `Sec-WebSocket-Accept: ${request.headers['sec-websocket-key']}`, '', ''].join('\r\n'),
    );
    socket.write(first);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => behind.listen(8000, address, resolve));
  front = await startThinFront({ servers: { one: { address, port: 8000 } } });
});
afterAll(async () => {
  await front?.product.stop();
  for (const socket of upgraded) socket.destroy();
  behind.closeAllConnections();
  await new Promise((resolve) => behind.close(resolve));
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '';
  if (path === '/zipped') {
    response.writeHead(200, {
      'content-encoding': 'gzip',
      etag: '"synthetic-gzip"',
      vary: 'Accept-Encoding',
      'content-length': zipped.length,
      'x-asked': request.headers['accept-encoding'] ?? '',
    });
    response.end(zipped);
  } else if (path === '/chunks') {
    response.writeHead(200, { 'content-type': 'text/plain' });
    for (const part of ['one,', 'two,', 'three']) response.write(part);
    response.end();
  } else if (/^\/status\/\d+$/.test(path)) {
    response.writeHead(Number(path.slice(8)), { 'x-own': 'kept' }).end();
  } else {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => response.end(`${request.method} ${path} ${body}`));
  }
}

test('a compressed answer passes unchanged, and so does what was asked for', async () => {
  const got = await rawRequest(
    front.end,
    head('GET', '/zipped', front.end, ['Accept-Encoding: gzip;q=1.0, br']),
  );
  expect(got.head).toMatch(/^content-encoding: gzip\r$/im);
  expect(got.head).toMatch(/^etag: "synthetic-gzip"\r$/im);
  expect(got.head).toMatch(/^x-asked: gzip;q=1\.0, br\r$/im);
  expect(got.body.equals(zipped)).toBe(true);
});

test('an answer that is not compressed stays so, whatever the client accepts', async () => {
  const got = await rawRequest(front.end, head('GET', '/chunks', front.end, ['Accept-Encoding: gzip']));
  expect(got.head).not.toMatch(/^content-encoding/im);
  expect(got.head).toMatch(/^transfer-encoding: chunked/im);
  expect(got.body.toString()).toBe('one,two,three');
});

test.each([204, 205, 304, 418])('an empty answer %i arrives as it is', async (status) => {
  const got = await rawRequest(front.end, head('GET', `/status/${status}`, front.end));
  expect(got).toMatchObject({ status, body: Buffer.alloc(0) });
  expect(got.head).toMatch(/^x-own: kept/im);
});

test('HEAD is answered by its header alone', async () => {
  const got = await rawRequest(front.end, head('HEAD', '/zipped', front.end));
  expect(got.head).toMatch(new RegExp(`^content-length: ${zipped.length}\r$`, 'im'));
  expect(got.body).toHaveLength(0);
});

describe('Expect: 100-continue', () => {
  test.each([
    ['a small body', 'x'.repeat(10)],
    ['a body larger than a buffer', 'x'.repeat(100_000)],
  ])('%s is sent after exactly one 100', async (_, body) => {
    const socket = await openRaw(front.end);
    const seen = transcript(socket);
    socket.write(head('POST', '/', front.end, ['Expect: 100-continue', `Content-Length: ${body.length}`]));
    await seen.until((text) => text.includes('\r\n\r\n'));
    expect(seen.text()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(body);
    await seen.end();
    expect(seen.text().match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
    expect(seen.text().endsWith(`POST / ${body}`)).toBe(true);
  });
});

test('chunks of the client arrive as one body, also byte by byte', async () => {
  const socket = await openRaw(front.end);
  const seen = transcript(socket);
  const message = `${head('POST', '/', front.end, ['Transfer-Encoding: chunked'])}3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\n\r\n`;
  for (const byte of message) socket.write(byte);
  await seen.end();
  expect(seen.text().endsWith('POST / abcdefgh')).toBe(true);
});

test('a kept connection answers request after request, also when they come at once', async () => {
  const socket = await openRaw(front.end);
  const seen = transcript(socket);
  const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${front.end.hostname}\r\n\r\n`;
  socket.write(ask('/first'));
  await seen.until((text) => text.endsWith('GET /first '));
  socket.write(ask('/second') + ask('/third') + head('GET', '/last', front.end));
  await seen.end();
  expect(seen.text().match(/GET \/\w+/g)).toEqual(['GET /first', 'GET /second', 'GET /third', 'GET /last']);
});

test('a WebSocket opens, carries bytes both ways, and closes', async () => {
  const socket = await openRaw(front.end);
  const seen = transcript(socket);
  const key = 'c3ludGhldGljIGtleSAwMQ==';
  const lines = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
  ];
  socket.write(['GET /socket HTTP/1.1', `Host: ${front.end.hostname}`, ...lines, '', ''].join('\r\n'));
  await seen.until((text) => text.includes('\r\n\r\n'));
  expect(seen.text()).toMatch(/^HTTP\/1\.1 101 /);
  expect(seen.text()).toContain(key);
  const frame = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  socket.write(frame);
  await seen.until((text) => text.endsWith(frame.toString('latin1')));
  socket.end();
  await seen.end();
});

/** Everything that comes back, as Latin-1, with bounded waiting. */
function transcript(socket: Socket) {
  let text = '';
  let check: () => void = () => undefined;
  let ended = false;
  socket.on('data', (part) => {
    text += part.toString('latin1');
    check();
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    ended = true;
    check();
  });
  const wait = (done: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new Error(`waited in vain after: ${text.slice(0, 500)}`));
      }, 10_000);
      check = () => {
        if (!done()) return;
        clearTimeout(timer);
        resolve();
      };
      check();
    });
  return {
    text: () => text,
    until: (seen: (text: string) => boolean) => wait(() => seen(text)),
    end: () => wait(() => ended),
  };
}
