import { request } from 'node:http';
import { expect, test } from 'vitest';
import type { HaproxyIr } from '../../src/ir/haproxy.ts';
import type { Configuration } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import type { Intent } from '../../src/model/intent.ts';
import type { RuntimeOperation } from '../../src/plan/operation.ts';
import { configuration, httpListener, server, service } from '../golden/configurations.ts';
import { ask } from '../harness/ask.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import type { Upstream } from '../harness/upstream.ts';
import { compiledServer, createRuntimeRig, intent, type RuntimeRig, upstream } from './runtime-rig.ts';

const cookie = { type: 'cookie', name: 'AORTA', idle: duration('30m'), life: duration('12h') } as const;
const sourceAddress = { type: 'sourceAddress', expire: duration('30m'), entries: 1_000 } as const;
const drain = [intent('api-1', { kind: 'drain' })];

function pool(
  at: string,
  behind: readonly Upstream[],
  persistence: typeof cookie | typeof sourceAddress,
): Configuration {
  const servers = behind.map(({ address, port }, index) => server(`api-${index + 1}`, address, port));
  const live = service('live', [httpListener(at, 80)], { servers, persistence, balance: 'roundrobin' });
  return configuration([live]);
}

/** What the plan makes of a drain of a pool with persistence: the list first, then the weight. */
function drainOperations(wanted: HaproxyIr, admin: 'drain' | 'ready'): RuntimeOperation[] {
  const lists = wanted.files.flatMap((file): RuntimeOperation[] =>
    file.kind === 'drained-servers' ? [{ kind: 'replace-list', file: file.path, entries: file.servers }] : [],
  );
  return [
    ...lists,
    { kind: 'set-server-admin', backend: 'live.servers', server: 'api-1', admin, weight: 100 },
  ];
}

function change(rig: RuntimeRig, wanted: Configuration, intents: readonly Intent[]) {
  const admin = intents.length > 0 ? 'drain' : 'ready';
  return rig.change(wanted, intents, (ir) => drainOperations(ir, admin));
}

/** Writes take another way through HAProxy; they must come to the same server. */
function writeEverySecond(count: number): 'GET' | 'POST' {
  return count % 2 === 0 ? 'POST' : 'GET';
}

/** A browser: keeps its cookie, and one of its application. */
class CookieClient {
  readonly #at: string;
  #cookie = '';
  #asked = 0;

  constructor(at: string) {
    this.#at = at;
  }

  async ask(): Promise<string> {
    const own = this.#cookie === '' ? '' : `; ${this.#cookie}`;
    const method = writeEverySecond(++this.#asked);
    const { headers, body } = await ask(this.#at, 80, '/', {
      method,
      headers: { cookie: `app=1${own}; more=2` },
    });
    const set = headers['set-cookie']?.split(';')[0];
    if (set !== undefined) this.#cookie = set;
    return body;
  }
}

/** A client that is known by its address. */
function addressClient(at: string, localAddress: string): { ask(): Promise<string> } {
  let asked = 0;
  return {
    ask: () =>
      new Promise((resolve, reject) => {
        const method = writeEverySecond(++asked);
        const question = request({ host: at, port: 80, method, localAddress, agent: false }, (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            body += chunk;
          });
          response.once('end', () => resolve(body));
        });
        question.once('error', reject);
        question.end();
      }),
  };
}

interface Client {
  ask(): Promise<string>;
}

/** Each client asks so often; gives the server that each of them stayed with, or fails. */
async function stay(clients: readonly Client[], times: number): Promise<string[]> {
  const all: string[] = [];
  for (const client of clients) {
    const bodies = new Set<string>();
    for (let turn = 0; turn < times; turn += 1) bodies.add(await client.ask());
    expect(bodies.size).toBe(1);
    all.push(...bodies);
  }
  return all;
}

test.each([
  ['a cookie', cookie],
  ['their address', sourceAddress],
])('clients with %s are led away from a drained server, over a reload too', async (_, persistence) => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = [await upstream(), await upstream(), await upstream()];
  const [one] = behind;
  const wanted = pool(at, behind, persistence);
  await rig.bring(wanted);
  const clients: Client[] = Array.from({ length: 12 }, () =>
    persistence.type === 'cookie' ? new CookieClient(at) : addressClient(at, loopbackAddress()),
  );
  const first = await stay(clients, 3);
  expect(new Set(first)).toEqual(new Set(behind.map(({ address }) => address)));
  const before = one?.requests.length;

  await change(rig, wanted, drain);
  const second = await stay(clients, 3);
  expect(one?.requests.length).toBe(before);
  for (const [index, place] of first.entries()) if (place !== one?.address) expect(second[index]).toBe(place);

  await rig.bring(wanted, drain);
  await stay(clients, 3);
  expect(one?.requests.length).toBe(before);

  // A drain that comes with a reload, for clients that stuck to the server before it.
  await change(rig, wanted, []);
  const newcomers: Client[] = Array.from({ length: 12 }, () =>
    persistence.type === 'cookie' ? new CookieClient(at) : addressClient(at, loopbackAddress()),
  );
  expect(await stay(newcomers, 3)).toContain(one?.address);
  const again = one?.requests.length;
  await rig.bring(wanted, drain);
  await stay(newcomers, 3);
  expect(one?.requests.length).toBe(again);
  // Nothing of ours is passed on, and nothing of the application is lost.
  if (persistence.type === 'cookie') {
    for (const { requests } of behind)
      for (const { headers } of requests)
        expect(headers.cookie?.replaceAll(/[; ]+/g, ';')).toBe('app=1;more=2');
  }
});

test('clients stay with their servers over reloads', { timeout: 30_000 }, async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = [await upstream(), await upstream(), await upstream()];
  const wanted = pool(at, behind, sourceAddress);
  await rig.bring(wanted);
  // 2.6 waits 5 seconds after its first start for somebody to teach it, and teaches nobody before.
  await until('it is taught', async () =>
    (await rig.say('show', 'peers')).includes('resync_timeout=<PAST>') ? true : undefined,
  );
  const clients = Array.from({ length: 40 }, () => addressClient(at, loopbackAddress()));
  const first = await stay(clients, 1);
  for (let turn = 0; turn < 3; turn += 1) {
    // Servers that come before the others must not make an entry mean another server.
    const more = await upstream();
    const { virtualServices } = pool(at, behind, sourceAddress);
    const services = virtualServices.map((one) => ({
      ...one,
      pool: { ...one.pool, servers: [...one.pool.servers, server(`a-${turn}`, more.address, more.port)] },
    }));
    await rig.bring({ ...wanted, virtualServices: services });
    const count = async () => Number(/used:(\d+)/.exec(await rig.say('show', 'table', 'live.servers'))?.[1]);
    await until('the table is carried over', async () => ((await count()) >= 40 ? true : undefined), 3_000);
    expect(await stay(clients, 1)).toEqual(first);
  }
});

test('a server is added to a pool with a cookie from 3.0 on, and refused before that', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = [await upstream(), await upstream()];
  await rig.bring(pool(at, behind.slice(0, 1), cookie));
  const { ir: wanted } = await rig.stage(pool(at, behind, cookie), []);
  const added = await rig.dataPlane.operate({ kind: 'add-server', ...compiledServer(wanted, 'api-2') });
  if (/^Version: 2\./m.test(await rig.say('show', 'info'))) {
    expect(added).toMatchObject({ ok: false, error: { code: 'operate-failed' } });
    expect(await rig.say('show', 'servers', 'state')).not.toContain('api-2');
  } else {
    expect(added).toMatchObject({ ok: true });
    const clients = Array.from({ length: 4 }, () => new CookieClient(at));
    expect(new Set(await stay(clients, 3))).toEqual(new Set(behind.map(({ address }) => address)));
  }
});

test('a server that is added to a pool with a table is drained like any other', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = [await upstream(), await upstream()];
  const [one, two] = behind;
  // Here api-1 is the one that comes later.
  const wanted = pool(at, behind, sourceAddress);
  const small = wanted.virtualServices.map((service) => ({
    ...service,
    pool: { ...service.pool, servers: service.pool.servers.slice(1) },
  }));
  await rig.bring({ ...wanted, virtualServices: small });
  await rig.change(wanted, [], (ir) => [{ kind: 'add-server', ...compiledServer(ir, 'api-1') }]);
  const clients = Array.from({ length: 8 }, () => addressClient(at, loopbackAddress()));
  expect(await stay(clients, 2)).toContain(one?.address);
  const before = one?.requests.length;
  await change(rig, wanted, drain);
  expect(new Set(await stay(clients, 2))).toEqual(new Set([two?.address]));
  expect(one?.requests.length).toBe(before);
});
