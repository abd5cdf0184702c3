import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aorta, areGone, haproxyOf } from '../harness/controller.ts';
import { keepConnection } from './kept-connection.ts';
import { withService } from './service.ts';

const options = { deployment: 'recommended', tls: 'offload', patients: 5 } as const;

test('SIGTERM ends the controller only; up takes over again, and Ctrl-C ends both', async () => {
  await withService(options, async (service) => {
    const { state } = service;
    const before = await haproxyOf(state);
    expect(before?.workers).toHaveLength(1);
    const family = [before?.master ?? 0, ...(before?.workers ?? [])];
    const connection = await keepConnection(service);

    const first = service.controller;
    first.signal('SIGTERM');
    expect(await first.ended).toEqual({ code: 0, signal: null });
    expect(first.said().stderr).toContain('HAProxy goes on');
    expect((await aorta('status', '--state', state)).code).toBe(1);
    expect(await haproxyOf(state)).toEqual(before);
    expect(await connection.ask('/lab/echo/kept')).toBe(200);

    await service.up();
    expect(service.controller.said().stdout).toContain('no change');
    expect(await haproxyOf(state)).toEqual(before);
    expect(await connection.ask('/lab/echo/kept')).toBe(200);
    // An idle connection has nothing to finish; it holds the end up until the deadline, and no longer.
    const began = performance.now();
    service.controller.signal('SIGINT');
    expect(await service.controller.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(await areGone(family)).toBe(true);
    expect(await readdir(join(state, 'run'))).toEqual([]);
    await expect(connection.ask('/lab/echo/kept')).rejects.toThrow(/closed|ECONNRESET/);
    connection.close();

    await service.up();
    service.controller.signal('SIGTERM');
    await service.controller.ended;
    await service.up();
    const last = await haproxyOf(state);
    expect(await aorta('down', '--state', state)).toMatchObject({ code: 0 });
    expect(await service.controller.ended).toEqual({ code: 0, signal: null });
    expect(await areGone([last?.master ?? 0, ...(last?.workers ?? [])])).toBe(true);
    expect(await readdir(join(state, 'run'))).toEqual([]);
  });
});

test('Ctrl-C does not wait for clients that only stay connected', async () => {
  await withService(options, async (service) => {
    const found = await haproxyOf(service.state);
    const connection = await keepConnection(service);
    expect(await connection.ask('/lab/echo/kept')).toBe(200);
    const began = performance.now();
    service.controller.signal('SIGINT');
    expect(await service.controller.ended).toEqual({ code: 0, signal: null });
    // Ten seconds is what requests have after Ctrl-C.
    expect(performance.now() - began).toBeLessThan(7_000);
    expect(await areGone([found?.master ?? 0, ...(found?.workers ?? [])])).toBe(true);
    expect(await readdir(join(service.state, 'run'))).toEqual([]);
    connection.close();
  });
});

test('a harness that fails leaves nothing behind', async () => {
  let seen: { state: string; pids: number[] } | undefined;
  const failing = withService(options, async ({ state, controller, estate }) => {
    const found = await haproxyOf(state);
    const pids = [
      controller.pid,
      found?.master ?? 0,
      ...(found?.workers ?? []),
      ...estate.processes.map(({ pid }) => pid),
    ];
    seen = { state, pids };
    throw new Error('the test fails');
  });
  await expect(failing).rejects.toThrow('the test fails');
  expect(seen?.pids.length).toBeGreaterThan(7);
  expect(await areGone(seen?.pids ?? [])).toBe(true);
  await expect(readdir(seen?.state ?? '')).rejects.toMatchObject({ code: 'ENOENT' });
});
