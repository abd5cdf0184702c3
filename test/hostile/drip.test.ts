import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { openRaw } from '../harness/raw-request.ts';
import { until } from '../harness/until.ts';
import { openTls } from './attack.ts';
import { type Endless, startEndless } from './endless-server.ts';
import { frame, frameTypes, number32, preface, settings } from './frames.ts';
import { type Front, withFront } from './front.ts';
import { headers, pseudo } from './http2-case.ts';

/** 30 s, 75 s and 60 s in the blueprint. */
const times = { request: '2s', keepAlive: '2s', client: '2s', server: '4s' } as const;

interface Slow {
  readonly name: string;
  open(front: Front<Endless>): Promise<Socket>;
  /** Sent at once, and then byte by byte. */
  first(front: Front<Endless>): string | Buffer;
  readonly drips?: string;
  /** A client that does not read. */
  readonly deaf?: true;
  /** What must be in its answer. */
  readonly answer?: RegExp;
}

const http1 = ({ apis }: Front<Endless>) => openTls(apis, 'http/1.1');
const head = (front: Front<Endless>, first: string, ...lines: readonly string[]) =>
  [`${first} HTTP/1.1`, `Host: ${front.apis.hostname}`, ...lines, '', ''].join('\r\n');

const slow: readonly Slow[] = [
  { name: 'that sends nothing before the handshake', open: ({ apis }) => tcp(apis), first: () => '' },
  {
    name: 'whose handshake stalls',
    open: ({ apis }) => tcp(apis),
    first: () => Buffer.from([22, 3, 1, 2, 0, 1, 0, 1]),
  },
  {
    name: 'whose handshake drips',
    open: ({ apis }) => tcp(apis),
    first: () => Buffer.from([22, 3, 1, 2, 0, 1, 0, 1]),
    drips: '\x00',
  },
  { name: 'whose header drips', open: http1, first: () => 'GET / HTTP/1.1\r\nX: ', drips: 'a' },
  {
    name: 'whose headers drip on the port that redirects',
    open: ({ redirect }) => openRaw(redirect),
    first: () => 'GET / HTTP/1.1\r\nX: ',
    drips: 'a',
  },
  {
    name: 'whose body drips',
    open: http1,
    first: (front) => head(front, 'POST /', 'Content-Length: 8000'),
    drips: 'a',
    answer: /^HTTP\/1\.1 408 /,
  },
  {
    name: 'whose chunks drip',
    open: http1,
    first: (front) => head(front, 'POST /', 'Transfer-Encoding: chunked'),
    drips: '1\r\na\r\n',
    answer: /^HTTP\/1\.1 408 /,
  },
  {
    name: 'that does not read its answer',
    open: http1,
    first: (front) => head(front, 'GET /endless'),
    deaf: true,
  },
  {
    name: 'of HTTP/2 that does not read its answer',
    open: ({ apis }) => openTls(apis, 'h2'),
    first: () =>
      Buffer.concat([
        preface,
        settings([4, 0x7fffffff]),
        frame(frameTypes.window, 0, 0, number32(0x7fff0000 - 65_535)),
        headers(1, pseudo('/endless')),
      ]),
    deaf: true,
  },
  {
    name: 'of HTTP/2 that opens no window',
    open: ({ apis }) => openTls(apis, 'h2'),
    first: () => Buffer.concat([preface, settings([4, 0]), headers(1, pseudo('/endless'))]),
  },
  {
    name: 'of HTTP/2 whose frame drips',
    open: ({ apis }) => openTls(apis, 'h2'),
    first: () => Buffer.concat([preface, settings(), Buffer.from([0, 8, 0, 1, 4, 0, 0, 0, 1])]),
    drips: '\x00',
  },
];

test('every slow client is answered or closed within bounds', { timeout: 60_000 }, async () => {
  const ends = await withFront(
    { tls: 'offload', timeouts: times },
    () => Promise.all([startEndless(4_000_000), startEndless(4_000_000)]),
    async (front) => {
      const sockets = await Promise.all(slow.map((one) => begun(one, front)));
      const results = await Promise.all(sockets.map(({ ended }) => ended));
      // A client that does not read does not see its end; HAProxy must know of it. HAProxy 3.0 goes on reading what a
      // client drips behind its 408, without a session and without a buffer: see the limits.
      await until('HAProxy holds nothing for them', async () =>
        (await front.haproxy.command('show sess')).includes('proto=tcp') ? undefined : true,
      );
      for (const { socket } of sockets) socket.destroy();
      return results;
    },
  );
  expect(ends.filter((what) => what !== undefined)).toEqual([]);
});

async function begun(
  one: Slow,
  front: Front<Endless>,
): Promise<{ socket: Socket; ended: Promise<string | undefined> }> {
  const socket = await one.open(front);
  let text = '';
  socket.on('error', () => undefined);
  if (one.deaf) socket.pause();
  else socket.on('data', (part) => (text = `${text}${part.toString('latin1')}`.slice(0, 2_000)));
  socket.write(one.first(front));
  const dripping =
    one.drips === undefined ? undefined : setInterval(() => socket.write(one.drips ?? '', 'latin1'), 300);
  const closed = new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(`a client ${one.name} is still there: ${text}`), 12_000);
    if (one.answer !== undefined) socket.on('data', () => one.answer?.test(text) && resolve(undefined));
    socket.once('close', () => {
      clearTimeout(timer);
      clearInterval(dripping);
      resolve(one.answer?.test(text) === false ? `a client ${one.name} got ${text}` : undefined);
    });
  });
  return { socket, ended: one.deaf ? Promise.resolve(undefined) : closed };
}

function tcp({ address, port }: { readonly address: string; readonly port: number }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address, () => resolve(socket));
    socket.once('error', reject);
  });
}
