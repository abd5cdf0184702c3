import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../src/cli/client.ts';
import { aorta } from '../harness/controller.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { type NodeName, SharingNodes } from '../harness/sharing-nodes.ts';
import { until } from '../harness/until.ts';

// Two whole controllers that share an etcd over TLS, each with a HAProxy in a network of its own.

const both = { address: loopbackAddress(), port: 8000, at: ['lb-a', 'lb-b'] as NodeName[] };
const onlyAtA = { address: loopbackAddress(), port: 8000, at: ['lb-a'] as NodeName[] };
const front = loopbackAddress();
const takenAtB = { address: front, port: 81, at: ['lb-b'] as NodeName[] };

const service = (port: number, { address, port: at }: { address: string; port: number }) => ({
  listeners: [{ protocol: 'http', address: front, port }],
  pool: { servers: { one: { address, port: at } }, trustedSegment: 'loopback' },
  maxConnections: 100,
});

const declarationOf = (services: object = {}, site = 'St. Elsewhere') => ({
  aorta: 'v1',
  site,
  virtualServices: { thin: service(80, both), ...services },
});

const text = (declaration: object) => JSON.stringify(declaration, undefined, 1);

let nodes: SharingNodes;
beforeAll(async () => {
  nodes = await SharingNodes.start({
    members: 1,
    servers: [both, onlyAtA],
    taken: [takenAtB],
    declaration: declarationOf(),
  });
}, 240_000);
afterAll(() => nodes?.end());

const revisionsAt = async (name: NodeName) => (await call(nodes.socket(name), 'revisions')).revisions;

describe('a change, asked of one node', { timeout: 120_000 }, () => {
  test('both nodes are there, and have what the first began with', async () => {
    await nodes.same();
    const { store } = await nodes.status('lb-b');
    expect(store).toMatchObject({ kind: 'etcd', head: { number: 1 } });
    expect(store?.nodes.map(({ name, present }) => [name, present])).toEqual([
      ['lb-a', true],
      ['lb-b', true],
    ]);
  });

  test('is made by both, and the history of both says who and why', async () => {
    const wanted = declarationOf({ more: service(8080, both) });
    const answer = await nodes.apply('lb-b', wanted, { reason: 'more', author: 'jdoe' });
    expect(answer).toMatchObject({
      outcome: 'applied',
      evidence: expect.arrayContaining(['All nodes have it: lb-a, lb-b.']),
    });
    expect(await nodes.same()).toBe(text(wanted));
    for (const name of ['lb-a', 'lb-b'] as const) {
      const [newest] = await revisionsAt(name);
      expect(newest).toMatchObject({ author: 'jdoe', reason: 'more', state: 'committed', kind: 'apply' });
      expect(await nodes.room(name).fetch(`http://${front}:8080/`)).toBe(200);
    }
    expect(await nodes.apply('lb-a', wanted)).toMatchObject({ outcome: 'unchanged' });
  });

  test('that one node would not take is made by none', async () => {
    const before = await nodes.same();
    const counts = await Promise.all([revisionsAt('lb-a'), revisionsAt('lb-b')]);
    const answer = await nodes.apply('lb-a', declarationOf({ more: service(8080, onlyAtA) }));
    expect(answer).toMatchObject({ outcome: 'refused', stage: 'pair' });
    expect(answer.findings).toEqual([
      expect.objectContaining({
        code: 'pair-refused',
        what: expect.stringMatching(/^lb-b did not take it: /),
      }),
    ]);
    expect(await nodes.same()).toBe(before);
    expect(await Promise.all([revisionsAt('lb-a'), revisionsAt('lb-b')])).toEqual(counts);
  });

  test('that fails on the second node is taken back on the first', async () => {
    const before = await nodes.same();
    const answer = await nodes.apply('lb-a', declarationOf({ late: service(takenAtB.port, both) }));
    expect(answer).toMatchObject({ outcome: 'rolledBack', stage: 'pair' });
    expect(answer.findings.map(({ code }) => code)).toContain('pair-refused');
    expect(await nodes.served('lb-a')).toBe(before);
    expect(await nodes.same()).toBe(before);
    const [newest] = await revisionsAt('lb-a');
    expect(newest).toMatchObject({
      kind: 'revert',
      reason: expect.stringMatching(/^lb-b did not take it: /),
    });
  });

  test('with an error in it is refused before anybody is asked', async () => {
    const answer = await nodes.apply('lb-a', declarationOf({ more: {} }));
    expect(answer.outcome).toBe('invalid');
  });

  test('a rollback is one, too', async () => {
    const answer = await call(nodes.socket('lb-a'), 'rollback', { revision: 1, guard: 0, author: 'jdoe' });
    expect(answer.outcome).toBe('applied');
    expect(await nodes.same()).toBe(text(declarationOf()));
    expect((await revisionsAt('lb-b'))[0]).toMatchObject({ kind: 'rollback', restores: 1, author: 'jdoe' });
  });

  test('two at once: one is made, the other refused', async () => {
    const wanted = [
      declarationOf({ more: service(8080, both) }),
      declarationOf({ more: service(8081, both) }),
    ];
    const ends = await Promise.all(
      (['lb-a', 'lb-b'] as const).map((name, index) =>
        nodes.apply(name, wanted[index] ?? {}).then(
          ({ outcome }) => outcome,
          (error: { code: string }) => error.code,
        ),
      ),
    );
    expect(ends.toSorted()).toEqual(['applied', 'change-pending']);
    expect(await nodes.same()).toBe(text(wanted[ends.indexOf('applied')] ?? {}));
  });

  test('cannot wait to be confirmed', async () => {
    await expect(nodes.apply('lb-a', declarationOf(), { confirmWithin: 60_000 })).rejects.toMatchObject({
      code: 'bad-request',
    });
  });
});

describe('drains', { timeout: 120_000 }, () => {
  const drained = async (name: NodeName) =>
    (await call(nodes.socket(name), 'intents')).intents.map(({ author, reason }) => [author, reason]);

  test('one on one node is one on both, and ends on both', async () => {
    const wish = {
      wish: { kind: 'drain' },
      target: 'one',
      reason: 'patches',
      author: 'jdoe',
      force: true,
    } as const;
    await call(nodes.socket('lb-a'), 'intend', wish);
    await until('lb-b drains', async () => ((await drained('lb-b')).length === 1 ? true : undefined));
    expect(await drained('lb-b')).toEqual([['jdoe', 'patches']]);
    await until('HAProxy of lb-b drains', async () => {
      const { services } = await nodes.status('lb-b');
      return services[0]?.servers[0]?.state === 'drain' ? true : undefined;
    });
    await call(nodes.socket('lb-b'), 'enable', { target: 'one' });
    await until('lb-a is enabled', async () => ((await drained('lb-a')).length === 0 ? true : undefined));
  });
});

describe('etcd is dead', { timeout: 240_000 }, () => {
  test('changes are refused and say why; traffic, drains and status go on; then all is as it was wished', async () => {
    const before = await nodes.same();
    await nodes.etcd.killAll();
    await until('both say so', async () => {
      const all = await Promise.all([nodes.status('lb-a'), nodes.status('lb-b')]);
      return all.every(({ store }) => store?.away !== undefined) ? true : undefined;
    });
    const wanted = declarationOf({ more: service(8082, both) });
    for (const name of ['lb-a', 'lb-b'] as const) {
      await expect(nodes.apply(name, wanted)).rejects.toMatchObject({
        code: 'store-unreachable',
        mend: expect.stringContaining('traffic, failover and drains go on'),
      });
      await expect(call(nodes.socket(name), 'rollback', { revision: 1, guard: 0 })).rejects.toMatchObject({
        code: 'store-unreachable',
      });
      expect(await nodes.served(name)).toBe(before);
      expect(await nodes.room(name).fetch(`http://${front}:80/`)).toBe(200);
    }
    const said = await aorta('status', '--state', nodes.room('lb-a').state);
    expect(said.stdout).toMatch(/^shared store: away since \d+s: the shared store does not answer: https:/m);
    const wish = {
      wish: { kind: 'drain' },
      target: 'one',
      reason: 'night',
      author: 'jdoe',
      force: true,
    } as const;
    await call(nodes.socket('lb-a'), 'intend', wish);
    expect((await nodes.status('lb-a')).services[0]?.servers[0]?.state).toBe('drain');
    nodes.etcd.startAll();
    await nodes.etcd.answers();
    expect(await nodes.same()).toBe(before);
    await until('lb-b drains', async () => {
      const { intents } = await call(nodes.socket('lb-b'), 'intents');
      return intents[0]?.reason === 'night' ? true : undefined;
    });
    await call(nodes.socket('lb-a'), 'enable', { target: 'one' });
    expect(await nodes.apply('lb-a', wanted)).toMatchObject({ outcome: 'applied' });
  });

  test('in the middle of a change: both nodes come to the same end when it is back', async () => {
    const before = await nodes.same();
    const wanted = declarationOf({}, 'Half');
    const asked = nodes
      .apply('lb-a', wanted, { guard: 3_000 })
      .catch((error: { code: string }) => error.code);
    await until('a node makes it', async () => {
      const { store } = await nodes.status('lb-a');
      return store?.nodes.some(({ verdict }) => verdict === 'making') ? true : undefined;
    });
    await nodes.etcd.killAll();
    await asked;
    nodes.etcd.startAll();
    await nodes.etcd.answers();
    expect([before, text(wanted)]).toContain(await nodes.same());
  });
});

describe('a controller is dead', { timeout: 240_000 }, () => {
  test('a change is refused, unless the node is left out; it follows when it is back', async () => {
    const before = await nodes.same();
    await nodes.room('lb-b').killController();
    await until(
      'lb-a misses it',
      async () => {
        const { store } = await nodes.status('lb-a');
        return store?.nodes.find(({ name }) => name === 'lb-b')?.present === false ? true : undefined;
      },
      30_000,
    );
    const wanted = declarationOf({ more: service(8083, both) });
    await expect(nodes.apply('lb-a', wanted)).rejects.toMatchObject({
      code: 'node-unreachable',
      mend: expect.stringContaining('--without lb-b'),
    });
    expect(await nodes.served('lb-a')).toBe(before);
    expect(await nodes.room('lb-b').fetch(`http://${front}:80/`)).toBe(200);
    expect(await nodes.apply('lb-a', wanted, { without: ['lb-b'] })).toMatchObject({ outcome: 'applied' });
    await nodes.room('lb-b').resume();
    expect(await nodes.same()).toBe(text(wanted));
    expect((await revisionsAt('lb-b'))[0]).toMatchObject({ kind: 'apply', author: 'test' });
    expect(await nodes.room('lb-b').fetch(`http://${front}:8083/`)).toBe(200);
  });
});
