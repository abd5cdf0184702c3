import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { call } from '../../src/cli/client.ts';
import { ChangeRig, sentFile } from '../harness/change-rig.ts';
import { begin, downloadDigest, downloadSize, openEcho, startLongServer } from '../harness/long-work.ts';
import { until } from '../harness/until.ts';

/** Over within a second, except for long requests and tunnels, and for a client that reads slowly and in gulps. */
const timeouts = {
  connect: '1s',
  request: '1s',
  keepAlive: '1s',
  client: '10s',
  server: '1s',
  queue: '1s',
  tunnel: '10m',
  long: { paths: ['/long', '$export'], server: '20s' },
};

/** Guards: a change or a drain cuts what takes longer than a moment. */
test('events, a download, a batch and a WebSocket outlast a drain, reloads, a new certificate and every time-out', {
  timeout: 120_000,
}, async () => {
  const [one, two] = [await startLongServer(), await startLongServer()];
  onTestFinished(async () => {
    await one.close();
    await two.close();
  });
  const place = ({ address, port }: typeof one) => ({ address, port });
  const adjust = ({ virtualServices }: ReturnType<ChangeRig['declaration']>) => {
    virtualServices.offload['timeouts'] = timeouts;
    virtualServices.offload.pool.servers = { one: place(one), two: place(two) };
    virtualServices.offload.pool['healthCheck'] = { type: 'tcp' };
  };
  const rig = await ChangeRig.start({ adjust });
  onTestFinished(() => rig.end());
  const intend = (target: string) =>
    call(rig.socket, 'intend', {
      wish: { kind: 'drain' },
      target,
      service: 'offload',
      author: 'test',
      reason: 'patching',
    });
  const front = { address: rig.addresses.offload, hostname: 'front.stelsewhere.example', ca: rig.pki.ca };

  // Everything begins on one server, which then is drained.
  await intend('two');
  const socket = await openEcho(front);
  const events = begin(front, 'GET', '/long/events');
  const batch = begin(front, 'POST', '/long/batch');
  const download = begin(front, 'GET', '/download', 4_000_000);
  const works = { socket, events, batch, download };
  onTestFinished(() => {
    for (const work of Object.values(works)) work.end();
  });
  await until('all to be under way', () => (one.arrived.length === 4 ? true : undefined));
  const goOn = async (what: string) => {
    await socket.echo(what);
    const [before, bytes] = [events.sofar(), download.sofar()];
    await until(`an event after ${what}`, () => (events.sofar() > before ? true : events.ended()), 8_000);
    expect(download.sofar() > bytes || download.ended() === '200 whole').toBe(true);
    for (const [name, work] of Object.entries(works))
      expect(`${name}: ${work.ended() ?? 'goes on'}`).toMatch(/: (goes on|200 whole)$/);
  };
  await goOn('the start');

  await call(rig.socket, 'enable', { target: 'two', service: 'offload', author: 'test', reason: 'patched' });
  await intend('one');
  const status = await call(rig.socket, 'status');
  const drained = status.services
    .flatMap(({ servers }) => servers)
    .find(({ name, address }) => name === 'one' && address === one.address);
  expect(drained?.sessions).toBeGreaterThanOrEqual(4);
  await goOn('a drain');

  const declaration = rig.declaration();
  adjust(declaration);
  declaration.virtualServices.offload['errorAnswers'] = { retryAfter: '7s' };
  expect(await rig.apply(declaration)).toMatchObject({ outcome: 'applied', how: 'reloaded' });
  await goOn('a reload');

  const { pem } = rig.newLeaf('offload');
  const file = sentFile(pem);
  expect(
    await call(rig.socket, 'certificate', { name: 'offload', file, guard: 0, author: 'test' }),
  ).toMatchObject({
    outcome: 'applied',
  });
  await goOn('a new certificate');

  declaration.virtualServices.offload['errorAnswers'] = { retryAfter: '8s' };
  expect(await rig.apply(declaration)).toMatchObject({ outcome: 'applied', how: 'reloaded' });
  await goOn('another reload');

  // Ten times as long as a server may be silent, and a kept connection idle.
  await pause(10_000 - 7_500);
  await goOn('the time-outs');

  await until('the batch', () => batch.ended(), 20_000);
  await until('the download', () => download.ended(), 60_000);
  expect([batch.ended(), download.ended()]).toEqual(['200 whole', '200 whole']);
  expect([download.sofar(), download.digest()]).toEqual([downloadSize, downloadDigest()]);
  // What came after the drain went to the other server.
  const after = begin(front, 'GET', '/');
  await until('a new request', () => after.ended());
  expect([one.arrived.length, two.arrived]).toEqual([4, ['/']]);
});

test('without the word a request ends with the time-out of the others', { timeout: 60_000 }, async () => {
  const one = await startLongServer();
  onTestFinished(() => one.close());
  const rig = await ChangeRig.start({
    adjust: ({ virtualServices }) => {
      const { long: _, ...ordinary } = timeouts;
      virtualServices.offload['timeouts'] = ordinary;
      virtualServices.offload.pool.servers = { one: { address: one.address, port: one.port } };
      virtualServices.offload.pool['healthCheck'] = { type: 'tcp' };
    },
  });
  onTestFinished(() => rig.end());
  const front = { address: rig.addresses.offload, hostname: 'front.stelsewhere.example', ca: rig.pki.ca };
  const [batch, events] = [begin(front, 'POST', '/long/batch'), begin(front, 'GET', '/long/events')];
  expect(await until('the end of the batch', () => batch.ended())).toBe('504 whole');
  expect(await until('the end of the events', () => events.ended())).toMatch(/^200 (aborted|.*)$/);
  expect(events.sofar()).toBe(1);
});
