import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { watch } from './watch.ts';

/** Stands for HAProxy: answers on the identity socket, and takes connections on the runtime socket. */
interface Stand {
  readonly paths: { adminSocket: string; identitySocket: string; healthFile: string };
  readonly changes: boolean[];
  /** How it was seen, of each of them. */
  readonly hows: string[];
  /** What it answers; absent: nothing. */
  answer: string | undefined;
  begin(): Promise<void>;
  /** As a process that is killed: whoever is connected is cut off, and nobody listens. */
  kill(): void;
  /** As an old worker that ends: whoever is connected is cut off. */
  cut(): void;
}

const good = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

async function startStand(): Promise<Stand> {
  const directory = mkdtempSync(join(tmpdir(), 'aorta-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const paths = {
    adminSocket: join(directory, 'admin.sock'),
    identitySocket: join(directory, 'identity.sock'),
    healthFile: join(directory, 'health'),
  };
  let servers: Server[] = [];
  const open = new Set<Socket>();
  const stand: Stand = {
    paths,
    changes: [],
    hows: [],
    answer: good,
    begin: async () => {
      servers = [paths.adminSocket, paths.identitySocket].map((path) =>
        createServer((socket) => {
          open.add(socket);
          socket.on('error', () => undefined);
          if (path === paths.adminSocket) return;
          socket.once('data', () => {
            if (stand.answer !== undefined) socket.end(stand.answer);
          });
        }),
      );
      const [admin, identity] = servers;
      await new Promise<void>((resolve) => void admin?.listen(paths.adminSocket, resolve));
      await new Promise<void>((resolve) => void identity?.listen(paths.identitySocket, resolve));
    },
    kill: () => {
      for (const server of servers) server.close();
      stand.cut();
    },
    cut: () => {
      for (const socket of open) socket.destroy();
      open.clear();
    },
  };
  await stand.begin();
  onTestFinished(() => stand.kill());
  const end = watch(paths, false, {
    onChange: (fault, how) => {
      stand.changes.push(fault);
      stand.hows.push(how);
    },
    onAnswer: () => undefined,
    onSecond: () => undefined,
  });
  onTestFinished(end);
  return stand;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

async function expectChanges({ changes }: Stand, wanted: readonly boolean[]): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (changes.length < wanted.length && performance.now() < deadline) await pause(10);
  expect(changes).toEqual(wanted);
}

test('a death is a fault, and its end is seen', async () => {
  const stand = await startStand();
  await pause(300);
  expect(stand.changes).toEqual([]);
  stand.kill();
  await expectChanges(stand, [true]);
  expect(readFileSync(stand.paths.healthFile, 'utf8')).toBe('1\n');
  await stand.begin();
  await expectChanges(stand, [true, false]);
  expect(readFileSync(stand.paths.healthFile, 'utf8')).toBe('0\n');
  expect(stand.hows).toEqual(['died', 'answers']);
});

test.each([
  ['nothing', undefined],
  ['an error', 'HTTP/1.1 503 Service Unavailable\r\n\r\n'],
  ['something else', 'what?\r\n\r\n'],
])('who answers %s is a fault', async (_, answer) => {
  const stand = await startStand();
  await pause(200);
  stand.answer = answer;
  await expectChanges(stand, [true]);
  stand.answer = good;
  await expectChanges(stand, [true, false]);
  expect(stand.hows).toEqual(['hung', 'answers']);
});

test('connections that are cut while new ones are taken are none', async () => {
  const stand = await startStand();
  for (let reload = 0; reload < 5; reload += 1) {
    await pause(120);
    stand.cut();
  }
  await pause(400);
  expect(stand.changes).toEqual([]);
});

test('a machine that stands still for two seconds is no HAProxy that hangs', async () => {
  // Guards: time limits by the clock, which all pass while nobody runs.
  const stand = await startStand();
  await pause(130);
  for (let stall = 0; stall < 2; stall += 1) {
    const until = performance.now() + 2_000;
    while (performance.now() < until);
    await pause(200);
  }
  expect(stand.changes).toEqual([]);
});
