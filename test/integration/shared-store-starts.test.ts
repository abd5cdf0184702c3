import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../src/cli/client.ts';
import type { ChangeAnswer } from '../../src/contract/answers.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Status } from '../../src/model/status.ts';
import { newSealKey } from '../../src/store/shared/seal.ts';
import { SqliteKeys } from '../../src/store/shared/sqlite-keys.ts';
import { ChangePki } from '../harness/change-pki.ts';
import { sentFile } from '../harness/change-rig.ts';
import { aorta } from '../harness/controller.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { type NodeRoom, openNodeRoom } from '../harness/node-room.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { until } from '../harness/until.ts';

// Nodes that come to a shared store in every state that they can be in. The store is a file: both are on one machine.

const server = { address: loopbackAddress(), port: 8000 };
const front = loopbackAddress();
const hostname = 'front.stelsewhere.example';
const names = ['lb-a', 'lb-b'] as const;
type Name = (typeof names)[number];

const declarationOf = (site: string, listener: object = { protocol: 'http', address: front, port: 80 }) => ({
  aorta: 'v1',
  site,
  virtualServices: {
    thin: {
      listeners: [listener],
      pool: { servers: { one: server }, trustedSegment: 'loopback' },
      maxConnections: 100,
    },
  },
});
const text = (declaration: object) => JSON.stringify(declaration, undefined, 1);

let pair: TestPair;
const rooms = new Map<Name, NodeRoom>();
const endpoints = {
  'lb-a': { host: loopbackAddress(), port: 7443 } as Endpoint,
  'lb-b': { host: loopbackAddress(), port: 7443 } as Endpoint,
};
const room = (name: Name): NodeRoom => {
  const found = rooms.get(name);
  if (found === undefined) throw new Error(`${name} has no room`);
  return found;
};
const socket = (name: Name) => runtimePaths(room(name).state).controlSocket;
const status = (name: Name): Promise<Status> => call(socket(name), 'status');
const served = async (name: Name) => (await call(socket(name), 'configuration')).text;
const apply = (name: Name, declaration: object, files: Record<string, string> = {}): Promise<ChangeAnswer> =>
  call(socket(name), 'apply', {
    file: 'aorta.yaml',
    text: text(declaration),
    files: Object.fromEntries(Object.entries(files).map(([file, pem]) => [file, sentFile(pem)])),
    guard: 0,
    author: 'jdoe',
  });

/** Ends the controller of a node, and starts it again with a file or without. */
async function restart(name: Name, declaration?: object): Promise<string> {
  await room(name).killController();
  return await start(name, declaration);
}

/** @returns what it said */
async function start(name: Name, declaration?: object): Promise<string> {
  const file = join(room(name).directory, 'aorta.yaml');
  if (declaration !== undefined) await writeFile(file, text(declaration));
  await room(name).resume(declaration === undefined ? undefined : file);
  return room(name).controller().said().stderr;
}

async function writeNodeFile(name: Name, store: object): Promise<void> {
  const nodeFile = { node: name, api: { address: '127.0.0.1' }, keys: pair.directory, store };
  await writeFile(join(room(name).state, 'node.yaml'), JSON.stringify(nodeFile));
}

/** Both have the same declaration, and the store says so. */
const same = () =>
  until(
    'both have the same',
    async () => {
      const seen = await Promise.all(names.map(status));
      const digests = seen.flatMap(({ store, declaration }) => [
        declaration.digest,
        store?.head?.digest,
        ...(store?.nodes ?? []).map(({ digest, present }) => (present ? digest : 'gone')),
      ]);
      const settled = new Set(digests).size === 1 && seen.every(({ store }) => store?.nodes.length === 2);
      return settled ? await served('lb-b') : undefined;
    },
    30_000,
  );

const first = declarationOf('First');
const shared = () => ({ file: join(pair.directory, 'shared.db') });

beforeAll(async () => {
  pair = await makeTestPair(endpoints);
  for (const name of names) {
    const common = { name, endpoint: endpoints[name], keys: pair.directory, servers: [server], taken: [] };
    rooms.set(name, await openNodeRoom({ ...common, nodeFile: { store: shared() } }));
  }
  await start('lb-a', first);
}, 120_000);
afterAll(async () => {
  await Promise.all([...rooms.values()].map((one) => one.end()));
  await pair?.end();
});

describe('a node comes', { timeout: 120_000 }, () => {
  test('with nothing: it serves what is shared', async () => {
    await until('lb-a has begun', async () => (await status('lb-a')).store?.head);
    await start('lb-b');
    expect(await same()).toBe(text(first));
    expect(await room('lb-b').fetch(`http://${front}/`)).toBe(200);
  });

  test('with another file: it goes on with what is shared, and says so; nobody else is touched', async () => {
    const said = await restart('lb-b', declarationOf('Other'));
    expect(said).toMatch(
      /the declaration was not applied: the nodes have revision 1 of the shared store, by /,
    );
    expect(await same()).toBe(text(first));
  });

  test('after changes that it missed: it follows, and its history says whose they were', async () => {
    await room('lb-b').killController();
    const second = declarationOf('Second');
    await until(
      'lb-b is gone',
      async () => {
        const node = (await status('lb-a')).store?.nodes.find(({ name }) => name === 'lb-b');
        return node?.present === false ? true : undefined;
      },
      20_000,
    );
    const request = { file: 'aorta.yaml', text: text(second), files: {}, guard: 0, author: 'jdoe' };
    expect(await call(socket('lb-a'), 'apply', { ...request, without: ['lb-b'] })).toMatchObject({
      outcome: 'unchanged',
      evidence: ['All nodes have it: lb-a.'],
    });
    await start('lb-b');
    expect(await same()).toBe(text(second));
    const { revisions } = await call(socket('lb-b'), 'revisions');
    expect(revisions[0]).toMatchObject({ author: 'jdoe', kind: 'apply' });
  });

  test('with what was never shared: it says so, changes nothing, and an apply brings one to all', async () => {
    await writeNodeFile('lb-b', { file: join(pair.directory, 'elsewhere.db') });
    await restart('lb-b');
    await until('lb-b is alone', async () => (await status('lb-b')).store?.head);
    const stranger = declarationOf('Stranger');
    expect((await apply('lb-b', stranger)).evidence).toContain('All nodes have it: lb-b.');
    await writeNodeFile('lb-b', shared());
    await restart('lb-b');
    await until('lb-a sees it', async () => {
      const node = (await status('lb-a')).store?.nodes.find(({ name }) => name === 'lb-b');
      return node?.trouble?.startsWith('what is in service here was never shared') ? true : undefined;
    });
    expect(await served('lb-b')).toBe(text(stranger));
    const { stdout } = await aorta('status', '--state', room('lb-a').state);
    expect(stdout).toMatch(/^shared store: lb-b: what is in service here was never shared; `aorta apply`/m);
    // Also the one that is shared already: one of the nodes does not have it.
    expect((await apply('lb-a', declarationOf('Second'))).evidence).toContain(
      'All nodes have it: lb-a, lb-b.',
    );
    expect(await same()).toBe(text(declarationOf('Second')));
  });

  test('to a store that is empty again: it is begun anew, and no drain ends', async () => {
    const wish = { kind: 'drain' } as const;
    await call(socket('lb-a'), 'intend', {
      wish,
      target: 'one',
      reason: 'patches',
      author: 'jdoe',
      force: true,
    });
    const drained = async (name: Name) =>
      (await call(socket(name), 'intents')).intents.map(({ reason }) => reason);
    await until('lb-b drains', async () => ((await drained('lb-b')).length === 1 ? true : undefined));
    const before = await same();
    const keys = SqliteKeys.open(shared().file, { now: Date.now });
    await keys.remove('aorta/');
    await until('the drain is shared anew', async () => (await keys.read('aorta/now/intents'))[0]);
    keys.close();
    await until('it is begun anew', async () => {
      const { store } = await status('lb-b');
      return store?.head?.number === 1 && store.nodes.length === 2 ? true : undefined;
    });
    expect(await same()).toBe(before);
    for (const name of names) expect(await drained(name)).toEqual(['patches']);
    await call(socket('lb-a'), 'intend', {
      wish,
      target: 'one',
      reason: 'more',
      author: 'jdoe',
      force: true,
    });
    await until('lb-b has heard', async () => ((await drained('lb-b'))[0] === 'more' ? true : undefined));
    expect(await drained('lb-a')).toEqual(['more']);
    await call(socket('lb-b'), 'enable', { target: 'one' });
    await until('lb-a is enabled', async () => ((await drained('lb-a')).length === 0 ? true : undefined));
  });

  test('with another seal: it serves what it had, and takes no change', async () => {
    const seal = join(pair.directory, 'other.seal');
    await writeFile(seal, newSealKey().reveal(), { mode: 0o600 });
    await writeNodeFile('lb-b', { ...shared(), sealKey: seal });
    await restart('lb-b');
    await until('lb-b says so', async () => {
      const away = (await status('lb-b')).store?.away;
      return away?.why.includes('it was sealed by another key') ? true : undefined;
    });
    await expect(apply('lb-b', first)).rejects.toMatchObject({ code: 'store-unreadable' });
    expect(await room('lb-b').fetch(`http://${front}/`)).toBe(200);
    await writeNodeFile('lb-b', shared());
    await restart('lb-b');
    await same();
  });
});

describe('commands', { timeout: 120_000 }, () => {
  const nodes = ['--node', 'lb-a', '--node', 'lb-b'];

  test('of several nodes one is asked, over the network as well', async () => {
    const file = join(pair.directory, 'aorta.yaml');
    const third = declarationOf('Third');
    await writeFile(file, text(third));
    const keys = ['--keys', pair.directory];
    const both = await aorta('apply', file, ...nodes, ...keys);
    expect(both.code).not.toBe(0);
    expect(both.stderr).toContain('ask one: --node lb-a');
    const one = await aorta('apply', file, '--node', 'lb-b', ...keys, '--guard', '0s');
    expect(one.code, one.stderr).toBe(0);
    expect(one.stdout).toContain('All nodes have it: lb-a, lb-b.');
    expect(one.stderr).toMatch(/bring it to all nodes/);
    expect(await same()).toBe(text(third));
    const { stdout } = await aorta('status', '--node', 'lb-a', ...keys);
    expect(stdout).toMatch(
      /^shared store: revision \d+ \([0-9a-f]{12}\) by operator\/\S+, \d+s ago, on lb-a, lb-b$/m,
    );
  });

  test('nobody is told that it is safe to patch before all nodes were asked', async () => {
    const words = ['--reason', 'patches', '--force', '--wait', '--keys', pair.directory];
    const one = await aorta('drain', 'one', '--node', 'lb-b', ...words);
    expect(one.code).toBe(1);
    expect(one.stdout).toContain('one drained');
    expect(one.stderr).toContain('not safe to patch: lb-a and lb-b share a store');
    const both = await aorta('drain', 'one', ...nodes, ...words);
    expect(both.code, both.stderr).toBe(0);
    expect(both.stdout).toContain('safe to patch: one has no session left in any service, on lb-a and lb-b');
    await aorta('enable', 'one', ...nodes, '--keys', pair.directory);
    const roll = await aorta('roll', 'one', '--run', 'true', '--reason', 'x', '--state', room('lb-a').state);
    expect(roll.code).not.toBe(0);
    expect(roll.stderr).toContain('no host was touched: lb-a and lb-b share a store');
  });

  test('a certificate that is replaced on one node is on both', async () => {
    const pki = new ChangePki();
    const leaf = () => {
      const { certificate, key } = pki.issue(hostname);
      return `${certificate}${key}`;
    };
    const listener = { protocol: 'https', address: front, port: 443, certificates: ['live'] };
    const declaration = declarationOf('Third', listener);
    const secure = {
      ...declaration,
      certificates: { live: { pem: 'live.pem' } },
      virtualServices: { thin: { hostnames: [hostname], ...declaration.virtualServices.thin } },
    };
    expect(await apply('lb-a', secure, { 'live.pem': leaf() })).toMatchObject({ outcome: 'applied' });
    await same();
    const prints = async () =>
      (await Promise.all(names.map(status))).map(({ certificates }) => certificates[0]?.fingerprint);
    const before = await prints();
    expect(before[0]).toBe(before[1]);
    const request = { name: 'live', file: sentFile(leaf()), guard: 0, author: 'jdoe' };
    expect(await call(socket('lb-b'), 'certificate', request)).toMatchObject({ outcome: 'applied' });
    await same();
    const after = await prints();
    expect(after[0]).toBe(after[1]);
    expect(after[0]).not.toBe(before[0]);
    pki.close();
  });

  test('where nothing is shared, there is nobody to do without', async () => {
    await room('lb-b').killController();
    await writeFile(
      join(room('lb-b').state, 'node.yaml'),
      JSON.stringify({ node: 'lb-b', api: { address: '127.0.0.1' }, keys: pair.directory }),
    );
    await start('lb-b');
    expect((await status('lb-b')).store).toBeUndefined();
    const request = { file: 'aorta.yaml', text: text(first), files: {}, guard: 0, without: ['lb-a'] };
    await expect(call(socket('lb-b'), 'apply', request)).rejects.toMatchObject({ code: 'bad-request' });
  });
});
