import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ask } from '../harness/ask.ts';
import { startProduct } from '../harness/product.ts';

/** A machine has one IPv6 loopback address, so ports must be found. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '::1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

test('IPv6 from end to end: listener, server, forwarded address, access list, persistence', async () => {
  const seen: string[] = [];
  const upstream = createHttp((request, response) => {
    seen.push(String(request.headers['x-forwarded-for']));
    response.end('over IPv6');
  });
  await new Promise<void>((resolve) => upstream.listen(0, '::1', resolve));
  onTestFinished(() => void upstream.close());
  const [open, closed] = [await freePort(), await freePort()];
  const service = (port: number, allow: string) => ({
    listeners: [{ protocol: 'http', address: '::1', port }],
    accessList: { allow: [allow] },
    maxConnections: 100,
    pool: {
      trustedSegment: 'loopback',
      persistence: { type: 'sourceAddress' },
      servers: { one: { address: '::1', port: (upstream.address() as AddressInfo).port } },
    },
  });
  const product = await startProduct({
    aorta: 'v1',
    site: 'IPv6',
    virtualServices: { open: service(open, '::1'), closed: service(closed, '2001:db8::/32') },
  });
  onTestFinished(() => product.stop());

  expect(await ask('::1', open, '/')).toMatchObject({ status: 200, body: 'over IPv6' });
  expect(seen).toEqual(['::1']);
  expect((await ask('::1', closed, '/')).status).toBe(403);
  expect(seen).toHaveLength(1);
  const { stdout } = await product.run('status');
  expect(stdout).toContain(`http [::1]:${open}`);
  const log = (await product.accessLog()).map((line) => JSON.parse(line) as Record<string, unknown>);
  // The network of the client, /48. HAProxy 3.0 takes `::1` for an IPv4 address that is written as one of IPv6, and cuts it to /24.
  const network = expect.stringMatching(/^(?:::|0\.0\.0\.0)$/) as string;
  expect(log.map(({ status, client }) => [status, client])).toEqual([
    [200, network],
    [403, network],
  ]);
});
