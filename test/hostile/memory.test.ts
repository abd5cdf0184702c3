import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { memoryBudget } from '../../src/ir/memory-budget.ts';
import { until } from '../harness/until.ts';
import { openTls } from './attack.ts';
import { type Endless, startEndless } from './endless-server.ts';
import { frame, frameTypes, number32, preface, settings } from './frames.ts';
import { type Front, withFront } from './front.ts';
import { headers, pseudo } from './http2-case.ts';

const long = '2m';
const times = { request: long, keepAlive: long, client: long, server: long } as const;

type End = Front<Endless>['apis'];

async function openIdle(apis: End): Promise<Socket> {
  const socket = await openTls(apis, 'http/1.1');
  socket.write(`GET / HTTP/1.1\r\nHost: ${apis.hostname}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

async function openBusy(apis: End): Promise<Socket> {
  const socket = await openTls(apis, 'http/1.1');
  socket.write(`GET /endless HTTP/1.1\r\nHost: ${apis.hostname}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  return socket;
}

/** A client that asks for a hundred answers and opens no window for them. */
async function openStreams(apis: End): Promise<Socket> {
  const socket = await openTls(apis, 'h2');
  const many = Array.from({ length: 100 }, (_, index) => headers(2 * index + 1, pseudo('/endless')));
  const window = frame(frameTypes.window, 0, 0, number32(1_000));
  socket.write(Buffer.concat([preface, settings([4, 0]), window, ...many]));
  return socket;
}

// The connections that HAProxy would have to admit for so many, which is what the budget is made for: an HTTP/2 client
// with a hundred requests under way needs a hundred and one descriptors, as fifty others do.
test.each([
  ['2,000 idle ones', 2_000, 2_000, openIdle, 10],
  ['400 that do not read their answers', 400, 400, openBusy, 4],
  ['10 of HTTP/2 with 100 answers each that they do not read', 10, 505, openStreams, 2],
] as const)(
  '%s take no more than the budget',
  { timeout: 120_000 },
  async (_, count, connections, open, most) => {
    await withFront(
      { tls: 'offload', maxConnections: 2_500, timeouts: times },
      () => Promise.all([startEndless(400_000), startEndless(400_000)]),
      async (front) => {
        const before = await residentBytes(front);
        const sockets: Socket[] = [];
        onTestFinished(() => {
          for (const socket of sockets) socket.destroy();
        });
        while (sockets.length < count) {
          sockets.push(
            ...(await Promise.all(
              Array.from({ length: Math.min(50, count - sockets.length) }, () => open(front.apis)),
            )),
          );
        }
        let last = 0;
        const after = await until('it takes no more', async () => {
          await pause(300);
          const now = await residentBytes(front);
          const steady = now > before && Math.abs(now - last) < 100_000;
          last = now;
          return steady ? now : undefined;
        });
        const size = {
          name: 'all',
          connections,
          tlsToClients: true,
          tlsToServers: false,
          hops: 0,
          stickEntries: 0,
        };
        const { services, process } = memoryBudget([size]);
        const grown = services.reduce((sum, { bytes }) => sum + bytes, 0);
        console.log(
          `${count} connections: ${kibibytes((after - before) / count)} each, budget ${kibibytes(grown / count)}`,
        );
        expect(after - before).toBeLessThan(grown);
        // The budget is for the dearest connections, those of HTTP/2 with full buffers; others take less.
        expect(grown).toBeLessThan((after - before) * most);
        const base = process.reduce((sum, { bytes }) => sum + bytes, 0);
        expect(before).toBeLessThan(base * 1.1);
        for (const socket of sockets) socket.destroy();
      },
    );
  },
);

async function residentBytes({ haproxy }: Front<Endless>): Promise<number> {
  const status = await readFile(`/proc/${haproxy.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1_024).toFixed(1)} KiB`;
}
