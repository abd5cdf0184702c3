import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findMaster } from '../../src/dataplane/haproxy/adopt.ts';
import { command } from '../../src/dataplane/haproxy/runtime-socket.ts';
import { probeBind } from '../../src/dataplane/system/bind-probe.ts';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import {
  createRig,
  filesBelow,
  openDataPlane,
  processesMentioning,
  type Rig,
  render,
  startServer,
  until,
} from './dataplane-rig.ts';
import { get, startLoad } from './dataplane-traffic.ts';

const port = 8080;

function rendering(rig: Rig, backend: readonly string[]) {
  return render(rig.paths, { frontends: [{ name: 'live', bind: `${rig.address}:${port}` }], backend });
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text;
}

test('HAProxy outlives a killed controller, and the next one adopts it without touching a connection', async () => {
  const rig = await createRig();
  const server = await startServer('one');
  const file = join(rig.state, 'rendering.json');
  const wanted = rendering(rig, [`server one ${server.address}:${server.port}`]);
  await writeFile(file, JSON.stringify(wanted));
  const script = join(import.meta.dirname, 'dataplane-controller.ts');
  const controller = spawn(process.execPath, [script, rig.state, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void controller.kill('SIGKILL'));
  expect(JSON.parse(await firstLine(controller))).toMatchObject({ kind: 'applied', how: 'started' });
  const before = await rig.dataPlane.adopt();
  expect(before).toBeDefined();

  const load = startLoad(`http://${rig.address}:${port}/`, 4);
  await until(
    async () => load.sofar(),
    (total) => total > 20,
  );
  const ended = new Promise((resolve) => controller.once('exit', resolve));
  controller.kill('SIGKILL');
  await ended;
  const killedAt = load.sofar();
  await until(
    async () => load.sofar(),
    (total) => total > killedAt + 100,
  );

  const second = await openDataPlane(rig.state);
  expect(await second.adopt()).toEqual(before);
  expect(await rig.reconciler.apply(wanted)).toMatchObject({ kind: 'unchanged' });
  const adoptedAt = load.sofar();
  await until(
    async () => load.sofar(),
    (total) => total > adoptedAt + 100,
  );
  const count = await load.stop();
  console.log(`controller killed: ${count.total} requests, ${count.failed.length} failed`);
  expect(count.failed).toEqual([]);
});

test('stopping leaves no process and no socket, although a connection hangs', async () => {
  const rig = await createRig();
  const server = await startServer('hanging', () => undefined);
  await rig.reconciler.apply(rendering(rig, [`server one ${server.address}:${server.port}`]));
  const hanging = get(`http://${rig.address}:${port}/`);
  await until(
    () => rig.dataPlane.runtimeState(),
    (state) => (state?.servers[0]?.sessions ?? 0) > 0,
  );
  await rig.dataPlane.stop(200);
  expect(await hanging).toHaveProperty('error');
  expect(await processesMentioning(rig.paths.masterSocket)).toEqual([]);
  expect(await filesBelow(rig.paths.directory)).toEqual([]);
});

test('stopping lets a request end within the deadline', async () => {
  const rig = await createRig();
  let answer: (() => void) | undefined;
  const server = await startServer('slow', (_, response) => {
    answer = () => void response.end('slow');
  });
  await rig.reconciler.apply(rendering(rig, [`server one ${server.address}:${server.port}`]));
  const request = get(`http://${rig.address}:${port}/`);
  await until(
    async () => answer,
    (found) => found !== undefined,
  );
  const stopped = rig.dataPlane.stop(10_000);
  await until(
    () => probeBind(rig.address, port, false),
    ({ kind }) => kind === 'free',
  );
  answer?.();
  expect(await request).toEqual({ status: 200, body: 'slow' });
  await stopped;
});

test('what a dead HAProxy left behind is cleaned, and it can be started again', async () => {
  const rig = await createRig();
  const wanted = rendering(rig, ['server one 127.0.0.1:9']);
  await rig.reconciler.apply(wanted);
  const master = (await rig.dataPlane.adopt())?.masterPid ?? 0;
  process.kill(master, 'SIGKILL');
  // The workers end when their master is gone.
  await until(
    () => processesMentioning(rig.paths.masterSocket),
    (pids) => pids.length === 0,
  );
  expect(await filesBelow(rig.paths.directory)).toContain('master.sock');
  expect(await rig.reconciler.apply(wanted)).toMatchObject({
    kind: 'applied',
    how: 'started',
    generation: { number: 1 },
  });
});

test('one whose pid file is away, as in the middle of a reload, is not taken for dead', async () => {
  const rig = await createRig();
  await rig.reconciler.apply(rendering(rig, ['server one 127.0.0.1:9']));
  const master = (await rig.dataPlane.adopt())?.masterPid;
  const { masterSocket, pidFile } = rig.paths;
  const configuration = join(rig.state, 'current', 'haproxy.cfg');
  for (const path of [masterSocket, pidFile]) await rename(path, `${path}.away`);
  let adopting: ReturnType<typeof rig.dataPlane.adopt>;
  try {
    expect(await findMaster(rig.paths, configuration, systemClock, 200)).toMatchObject({
      kind: 'mute',
      process: { pid: master },
    });
    adopting = rig.dataPlane.adopt();
  } finally {
    for (const path of [masterSocket, pidFile]) await rename(`${path}.away`, path);
  }
  expect((await adopting)?.masterPid).toBe(master);
});

test('a HAProxy of somebody else on our socket is left alone', async () => {
  const rig = await createRig();
  const pid = 1;
  const stranger = createServer((socket) => {
    socket.resume();
    socket.end(
      `#<PID>          <type>          <reloads>       <uptime>        <version>\n${pid}  master  0 [failed: 0]  0d00h00m01s  2.6.12\n# workers\n# programs\n\n`,
    );
  });
  await new Promise<void>((resolve) => stranger.listen(rig.paths.masterSocket, resolve));
  onTestFinished(() => new Promise<void>((resolve) => void stranger.close(() => resolve())));
  const wanted = rendering(rig, ['server one 127.0.0.1:9']);
  await expect(rig.reconciler.apply(wanted)).rejects.toMatchObject({ code: 'foreign-instance' });
  await expect(rig.dataPlane.stop(0)).rejects.toMatchObject({ code: 'foreign-instance' });
  expect(await filesBelow(rig.paths.directory)).toContain('master.sock');
  await new Promise<void>((resolve) => void stranger.close(() => resolve()));
});

test('a drained server stays drained over a reload', async () => {
  const rig = await createRig();
  const backend = ['server one 127.0.0.1:9', 'server two 127.0.0.1:9'];
  await rig.reconciler.apply(rendering(rig, backend));
  expect(await command(rig.paths.adminSocket, ['set', 'server', 'pool/one', 'state', 'drain'])).toMatchObject(
    { ok: true },
  );
  expect(await rig.reconciler.apply(rendering(rig, [...backend, 'balance leastconn']))).toMatchObject({
    how: 'reloaded',
  });
  const state = await rig.dataPlane.runtimeState();
  expect(state?.servers.map(({ name, admin }) => [name, admin])).toEqual([
    ['one', 'drain'],
    ['two', 'ready'],
  ]);
  expect(await readFile(rig.paths.serverStateFile, 'utf8')).toBe('1\n');
});

test('a changed port is used after a reload', async () => {
  // Guards: HAProxy lets port and TLS use from the server-state file win over the configuration.
  const rig = await createRig();
  const [one, two] = [await startServer('one'), await startServer('two')];
  await rig.reconciler.apply(rendering(rig, [`server same ${one.address}:${one.port} weight 10`]));
  expect(await get(`http://${rig.address}:${port}/`)).toMatchObject({ body: 'one' });
  await rig.reconciler.apply(rendering(rig, [`server same ${two.address}:${two.port} weight 20`]));
  expect(await get(`http://${rig.address}:${port}/`)).toMatchObject({ body: 'two' });
  expect((await rig.dataPlane.runtimeState())?.servers).toMatchObject([
    { address: `${two.address}:${two.port}`, weight: 20 },
  ]);
});

test('a reload works after a failed one whose directory is gone', async () => {
  // Guards: 3.0 leaves the master in the directory of a configuration that it could not read; without a way out
  // of there, every later reload fails once the directory is removed.
  const rig = await createRig();
  await rig.reconciler.apply(rendering(rig, ['server one 127.0.0.1:9']));
  const previous = await rig.dataPlane.current();
  const bad = await rig.dataPlane.stage(rendering(rig, ['no-such-keyword']));
  await rig.dataPlane.swap(bad.generation);
  expect(await rig.dataPlane.reload()).toMatchObject({
    ok: false,
    error: { code: 'reload-failed', message: expect.stringContaining('no-such-keyword') },
  });
  await rig.dataPlane.swap(previous);
  await rig.dataPlane.discard(bad.generation);
  expect(await rig.dataPlane.reload()).toMatchObject({ ok: true });
});

test('the state of servers and frontends is read from the running HAProxy', async () => {
  const rig = await createRig();
  const up = await startServer('up');
  await rig.reconciler.apply(
    rendering(rig, [
      'option httpchk GET /',
      `server up ${up.address}:${up.port} check inter 100ms`,
      `server down ${up.address}:9 check inter 100ms fall 1 weight 7`,
      `server unchecked ${up.address}:${up.port}`,
      `server away ${up.address}:${up.port} check disabled`,
    ]),
  );
  const state = await until(
    () => rig.dataPlane.runtimeState(),
    (seen) =>
      seen?.servers.find(({ name }) => name === 'down')?.operational === 'down' &&
      seen.servers[0]?.check !== undefined,
  );
  expect(state?.frontends.map(({ name, status }) => [name, status])).toEqual([
    ['identity', 'open'],
    ['live', 'open'],
  ]);
  expect(state?.servers).toMatchObject([
    {
      backend: 'pool',
      name: 'up',
      operational: 'up',
      admin: 'ready',
      check: { result: 'L7OK', status: 200 },
    },
    {
      name: 'down',
      operational: 'down',
      check: { result: 'L4CON', description: expect.stringContaining('refused') },
      weight: 7,
    },
    { name: 'unchecked', operational: 'no-check' },
    { name: 'away', admin: 'maintenance' },
  ]);
  expect(state?.servers[2]).not.toHaveProperty('check');
  for (const { since } of state?.servers ?? []) expect(Math.abs(Date.now() - since)).toBeLessThan(10_000);
});

test('a stuck master is said to be stuck, and a stop still ends it', { timeout: 60_000 }, async () => {
  const rig = await createRig();
  const server = await startServer('one');
  await rig.reconciler.apply(rendering(rig, [`server one ${server.address}:${server.port}`]));
  const master = (await rig.dataPlane.adopt())?.masterPid ?? 0;
  process.kill(master, 'SIGSTOP');
  onTestFinished(() => {
    if (existsSync(`/proc/${master}`)) process.kill(master, 'SIGCONT');
  });
  await expect(rig.dataPlane.runtimeState()).rejects.toMatchObject({
    code: 'start-failed',
    message: expect.stringContaining(`process ${master}`),
  });
  expect(await get(`http://${rig.address}:${port}/`)).toEqual({ status: 200, body: 'one' });
  await rig.dataPlane.stop(0);
  expect(await processesMentioning(rig.paths.masterSocket)).toEqual([]);
});
