// Guards: what is watched is seen as HAProxy sees it, over a change and a reload, and never costs a service a server.
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Status } from '../../src/model/status.ts';
import { statusOf } from '../harness/controller.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { answering, startOddServer } from '../harness/odd-servers.ts';
import { type Product, startProduct } from '../harness/product.ts';
import { until } from '../harness/until.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const quick = { interval: '200ms', timeout: '1s', fall: 2, rise: 1 };

/** A port that can be closed and opened again. */
async function door(address = loopbackAddress()) {
  const open = async (port: number): Promise<Server> => {
    const server = createServer((socket) => socket.on('error', () => undefined).destroy());
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, resolve);
    });
    return server;
  };
  let server = await open(0);
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not listening on a port');
  const { port } = bound;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  onTestFinished(() => (server.listening ? close() : undefined));
  return {
    address,
    port,
    close,
    open: async () => {
      server = await open(port);
    },
  };
}

interface Options {
  readonly hosts: Readonly<Record<string, object>>;
  readonly services: Readonly<Record<string, object>>;
  readonly pool?: object;
}

async function declarationOf({ hosts, services, pool = {} }: Options) {
  const server = await startOddServer({ talk: answering(ok) });
  const { address, port } = server;
  const address2 = loopbackAddress();
  return {
    server,
    declaration: {
      aorta: 'v1',
      site: 'St. Elsewhere',
      hosts,
      virtualServices: Object.fromEntries(
        Object.entries(services).map(([name, more], index) => [
          name,
          {
            listeners: [{ protocol: 'http', address: address2, port: 8000 + index }],
            maxConnections: 50,
            pool: { servers: { one: { address, port } }, trustedSegment: 'loopback', ...pool },
            ...more,
          },
        ]),
      ),
    },
  };
}

async function started(declaration: object): Promise<Product> {
  const product = await startProduct(declaration);
  onTestFinished(() => product.stop());
  return product;
}

function seen(product: Product, what: string, isSo: (status: Status) => boolean): Promise<Status> {
  return until(
    what,
    async () => {
      const status = await statusOf(product.state);
      return isSo(status) ? status : undefined;
    },
    20_000,
  );
}

const watchOf = ({ dependencies }: Status, host: string) =>
  dependencies.find(({ name }) => name === host)?.watches[0];

test('tcp, http and IPv6 are watched; two services share a machine; a port that nobody listens on is told', async () => {
  const cache = await door();
  const six = await door('::1');
  const bad = await startOddServer({ talk: answering('HTTP/1.1 500 Bad\r\ncontent-length: 0\r\n\r\n') });
  const good = await startOddServer({ talk: answering(ok) });
  const nobody = loopbackAddress();
  const host = (address: string, role: string, watch: object) => ({ address, roles: [role], watch: [watch] });
  const { declaration } = await declarationOf({
    hosts: {
      'cache-1': host(cache.address, 'cache', { type: 'tcp', port: cache.port, ...quick }),
      'six-1': host(six.address, 'six', { type: 'tcp', port: six.port, ...quick }),
      'bad-1': host(bad.address, 'page', { type: 'http', port: bad.port, path: '/health', ...quick }),
      'good-1': host(good.address, 'page', { type: 'http', port: good.port, path: '/health', ...quick }),
      'nobody-1': host(nobody, 'typo', { type: 'tcp', port: 9, ...quick }),
    },
    services: {
      first: {
        dependsOn: {
          cache: { hosts: ['cache-1'] },
          page: { hosts: ['bad-1', 'good-1'] },
          typo: { hosts: ['nobody-1'], needed: false },
        },
      },
      second: {
        dependsOn: { cache: { hosts: ['cache-1'], effect: 'Nobody can log in.' }, six: { hosts: ['six-1'] } },
      },
    },
  });
  const product = await started(declaration);
  const first = await seen(
    product,
    'all were checked',
    (status) =>
      status.dependencies.every(({ watches }) => watches[0]?.state !== 'unknown') &&
      watchOf(status, 'nobody-1')?.state === 'down' &&
      watchOf(status, 'bad-1')?.state === 'down',
  );
  expect(watchOf(first, 'six-1')).toMatchObject({ state: 'up' });
  expect(watchOf(first, 'good-1')).toMatchObject({ state: 'up' });
  expect(good.received.at(-1)).toContain('GET /health');
  expect(first.services.map(({ name, state, conditions }) => [name, state, conditions.length])).toEqual([
    ['first', 'degraded', 2],
    ['second', 'healthy', 0],
  ]);
  expect(first.services[0]?.conditions).toEqual([
    expect.stringMatching(
      /^bad-1 \(page, .*\) does not pass its check on port \d+: unexpected status 500 \(Bad\), since .* 1 of 2 machines with the role page is left\./,
    ),
    expect.stringMatching(
      /^nobody-1 \(typo, .* port 9: no connection \(Connection refused\).* served all the same/,
    ),
  ]);

  await cache.close();
  await six.close();
  const lost = await seen(product, 'both are missed', ({ services }) => services[1]?.conditions.length === 2);
  expect(lost.services[1]?.conditions[0]).toMatch(
    /^cache-1 .* Nobody can log in\. Servers stay in service\.$/,
  );
  expect(lost.services[1]?.conditions[1]).toMatch(/^six-1 \(six, ::1\) .* Requests that need it fail\./);
  expect(lost.services.flatMap(({ servers }) => servers.map(({ state }) => state))).toEqual(['up', 'up']);
  expect(lost.drift).toEqual([]);

  // A reload for something else: what was down is down at once, and was not found anew.
  const third = {
    ...declaration.virtualServices['first'],
    listeners: [{ protocol: 'http', address: loopbackAddress(), port: 8009 }],
    dependsOn: {},
  };
  const changed = { ...declaration, virtualServices: { ...declaration.virtualServices, third } };
  await writeFile(product.file, JSON.stringify(changed));
  expect(await product.run('apply', product.file, '--guard', '0s')).toMatchObject({ code: 0 });
  const after = await statusOf(product.state);
  expect(watchOf(after, 'cache-1')?.state).toBe('down');

  await cache.open();
  await six.open();
  await seen(product, 'both are back', ({ services }) =>
    services.some(({ name, conditions }) => name === 'second' && conditions.length === 0),
  );
}, 90_000);

test('a further port takes a server out, also one that is added while HAProxy runs', async () => {
  const further = await door();
  const server = await startOddServer({ address: further.address, talk: answering(ok) });
  const spare = await startOddServer({ talk: answering(ok) });
  const healthCheck = {
    type: 'http',
    interval: '200ms',
    fastInterval: '200ms',
    downInterval: '200ms',
    fall: 1,
    rise: 1,
    alsoPort: { port: further.port, role: 'cache' },
  };
  const servers = { one: { address: server.address, port: server.port } };
  const { declaration } = await declarationOf({
    hosts: {},
    services: { live: {} },
    pool: { servers, healthCheck },
  });
  const product = await started(declaration);
  await seen(product, 'one is up', ({ services }) => services[0]?.servers[0]?.check !== undefined);

  const pids = await product.workerPids();
  const live = Object(declaration.virtualServices)['live'];
  // Nobody listens on the further port of this one.
  const two = { address: spare.address, port: spare.port };
  const more = {
    ...declaration,
    virtualServices: { live: { ...live, pool: { ...live.pool, servers: { ...servers, two } } } },
  };
  await writeFile(product.file, JSON.stringify(more));
  const applied = await product.run('apply', product.file, '--guard', '0s');
  expect(applied.code).toBe(0);
  expect(`${applied.stdout}${applied.stderr}`).toContain(
    `its port ${further.port} does not accept connections: the server refuses connections`,
  );
  expect(await product.workerPids()).toEqual(pids);
  const after = await seen(
    product,
    'two is down',
    ({ services }) => services[0]?.servers[1]?.state === 'down',
  );
  expect(after.services[0]?.servers).toMatchObject([
    { name: 'one', state: 'up' },
    {
      name: 'two',
      cause: `its port ${further.port} (cache) does not accept connections: the server refuses connections`,
    },
  ]);
  await further.close();
  await seen(product, 'one is down too', ({ services }) => services[0]?.state === 'down');
  await further.open();
  await seen(product, 'one is back', ({ services }) => services[0]?.servers[0]?.state === 'up');
}, 120_000);
