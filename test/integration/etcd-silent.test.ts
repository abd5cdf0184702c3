import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { EtcdClient } from '../../src/store/shared/etcd/etcd-client.ts';
import { EtcdKeys } from '../../src/store/shared/etcd/etcd-keys.ts';
import { loopbackAddress } from '../harness/loopback.ts';

/** Takes connections, and says what it is told to say, or nothing. */
async function listen(answer?: string): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (answer !== undefined) socket.once('data', () => socket.end(answer));
  });
  server.listen(0, loopbackAddress());
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { address, port } = server.address() as AddressInfo;
  return `http://${address}:${port}`;
}

const answer = (status: string, body: string) =>
  `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const keysAt = (...members: readonly string[]) => new EtcdKeys(new EtcdClient({ members }));

test('a member that takes connections and says nothing is waited for a moment, then the next is asked first', async () => {
  const silent = await listen();
  const keys = keysAt(silent, await listen(answer('200 OK', '{}')));
  const lasted = async () => {
    const since = performance.now();
    expect(await keys.read('aorta/')).toEqual([]);
    return performance.now() - since;
  };
  expect(await lasted()).toBeGreaterThan(1_000);
  expect(await lasted()).toBeLessThan(1_000);
  keys.close();
});

test('whoever ends does not wait for it', async () => {
  const keys = keysAt(await listen(), await listen(), await listen());
  const asked = keys.read('aorta/').catch((error: unknown) => error);
  const since = performance.now();
  keys.close();
  expect(await asked).toMatchObject({ code: 'store-unreachable' });
  expect(performance.now() - since).toBeLessThan(500);
});

test.each([
  [
    'a refusal',
    answer('503 Service Unavailable', '{"error":"etcdserver: no leader"}'),
    /refused: etcdserver: no leader/,
  ],
  ['what is no JSON', answer('200 OK', '<html>'), /refused: status 200/],
  ['half an answer', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"kvs":', /ended the connection/],
  ['no HTTP', 'SSH-2.0\r\n', /does not do: HPE_INVALID_CONSTANT/],
])('%s is not an answer for all', async (_name, said, why) => {
  const keys = keysAt(await listen(said));
  await expect(keys.read('aorta/')).rejects.toMatchObject({
    code: 'store-unreachable',
    message: expect.stringMatching(why),
  });
  keys.close();
});
