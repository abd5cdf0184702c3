import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { createRig, type Rig, render, startServer, until } from './dataplane-rig.ts';

/** A pool of one server with a given weight. @param extra a line that only makes another generation of it */
function pool(rig: Rig, { address, port }: { address: string; port: number }, weight: number, extra: string) {
  return render(rig.paths, {
    frontends: [{ name: 'live', bind: `${rig.address}:8080` }],
    backend: [
      `timeout check ${extra}`,
      `server api-1 ${address}:${port} weight ${weight} check inter 100ms fall 1 rise 1`,
    ],
  });
}

async function serverOf(rig: Rig) {
  const state = await rig.dataPlane.runtimeState();
  return state?.servers.find(({ name }) => name === 'api-1');
}

// "Safe to patch" would be a lie while the worker before the reload still has a request on the server.
test('sessions of a worker that leaves are counted', { timeout: 30_000 }, async () => {
  const rig = await createRig();
  let finish: () => void = () => undefined;
  const server = await startServer('api-1', (_, response) => {
    finish = () => response.end('late');
  });
  expect(await rig.reconciler.apply(pool(rig, server, 100, '1s'))).toMatchObject({ kind: 'applied' });
  const answered = new Promise<string>((resolve, reject) => {
    const open = request({ host: rig.address, port: 8080, agent: false }, (response) => {
      response.setEncoding('utf8').on('data', resolve).on('error', reject);
    });
    open.on('error', reject).end();
    onTestFinished(() => void open.destroy());
  });
  await until(
    () => serverOf(rig),
    (seen) => seen?.sessions === 1,
  );
  expect(await rig.reconciler.apply(pool(rig, server, 0, '2s'))).toMatchObject({ how: 'reloaded' });
  const state = await rig.dataPlane.runtimeState();
  expect(state?.process.leavingWorkers).toHaveLength(1);
  expect(await serverOf(rig)).toMatchObject({ sessions: 1, weight: 0, oldSenders: 1 });
  finish();
  expect(await answered).toBe('late');
  await until(
    () => serverOf(rig),
    (seen) => seen?.sessions === 0 && seen.oldSenders === undefined,
  );
});

// A roll waits for the health of a server that is still drained.
test('a drained server shows what its checks say', { timeout: 30_000 }, async () => {
  const rig = await createRig();
  const server = await startServer('api-1');
  expect(await rig.reconciler.apply(pool(rig, server, 0, '1s'))).toMatchObject({ kind: 'applied' });
  await until(
    () => serverOf(rig),
    (seen) => seen?.operational === 'up' && seen.check !== undefined && seen.weight === 0,
  );
  server.server.closeAllConnections();
  server.server.close();
  await until(
    () => serverOf(rig),
    (seen) => seen?.operational === 'down',
  );
});
