import { expect, test } from 'vitest';
import type { Configuration } from '../../src/model/configuration.ts';
import { configuration, httpListener, server, service } from '../golden/configurations.ts';
import { ask } from '../harness/ask.ts';
import { CountedLoad } from '../harness/counted-load.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import { createRuntimeRig, upstream } from './runtime-rig.ts';

// The old worker hands its last writes to the new one: both listen on the socket of the hop.
test('reloads under load, also those that begin and end the hop: no write is lost, none carried out twice', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  let release: () => void = () => undefined;
  const behind = await upstream({
    answer: (request, response) => {
      request.resume();
      request.once('end', () => {
        if (request.url === '/slow') release = () => response.end('late');
        else response.end('fine');
      });
    },
  });
  const wanted = (maxConnections: number, unansweredWrites: 'report' | 'close'): Configuration => {
    const retry = { attempts: 3, safeMethodsOn: [], budget: 20, unansweredWrites };
    const servers = [server('api-1', behind.address, behind.port)];
    return configuration([service('live', [httpListener(at, 80)], { servers, retry }, { maxConnections })]);
  };
  await rig.bring(wanted(100, 'report'));
  const late = ask(at, 80, '/slow', { method: 'POST', body: 'x' });
  await until('it is at the server', () => behind.requests.some(({ url }) => url === '/slow') || undefined);
  const load = new CountedLoad({ address: at, port: 80, hostname: 'x.example' }, 8);
  for (const [round, policy] of (
    ['report', 'close', 'close', 'report', 'report', 'report'] as const
  ).entries()) {
    await load.more(60);
    await rig.bring(wanted(101 + round, policy));
  }
  await load.more(60);
  const count = await load.stop();
  release();
  expect(await late).toMatchObject({ status: 200, body: 'late' });
  expect(count).toMatchObject({ GET: { failed: [] }, POST: { failed: [] } });
  const ids = behind.requests.map(({ headers }) => headers['x-request-id']).filter((id) => id !== undefined);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(load.requests.length);
  expect((await rig.dataPlane.runtimeState())?.frontends).toContainEqual(
    expect.objectContaining({ name: 'aorta.hop', status: 'open' }),
  );
});
