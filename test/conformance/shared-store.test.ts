import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { declarationDigest } from '../../src/store/declaration-digest.ts';
import { EtcdClient } from '../../src/store/shared/etcd/etcd-client.ts';
import { EtcdKeys } from '../../src/store/shared/etcd/etcd-keys.ts';
import type { NodeReport, PairRecord } from '../../src/store/shared/pair-record.ts';
import { newSealKey, Seal } from '../../src/store/shared/seal.ts';
import type { SharedKeys } from '../../src/store/shared/shared-keys.ts';
import { SharedStore } from '../../src/store/shared/shared-store.ts';
import { SqliteKeys } from '../../src/store/shared/sqlite-keys.ts';
import { EtcdCluster } from '../harness/etcd.ts';
import { until } from '../harness/until.ts';

/** Something that nodes can share, and who has it at the moment. */
interface Place {
  begin(): Promise<void>;
  /** As a node of its own opens it. */
  open(): SharedKeys;
  /** Everything that is written anywhere. */
  files(): Promise<Buffer>;
  end(): Promise<void>;
}

async function allIn(directory: string): Promise<Buffer> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Buffer.concat(
    await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name)))),
  );
}

function filePlace(): Place {
  let directory = '';
  return {
    begin: async () => {
      directory = await mkdtemp(join(tmpdir(), 'aorta-shared-'));
    },
    open: () => SqliteKeys.open(join(directory, 'shared.db'), { now: Date.now }),
    files: () => allIn(directory),
    end: () => rm(directory, { recursive: true, force: true }),
  };
}

function etcdPlace(count: 1 | 3): Place {
  let cluster: EtcdCluster | undefined;
  const running = () => {
    if (cluster === undefined) throw new Error('etcd was not started');
    return cluster;
  };
  return {
    begin: async () => {
      cluster = await EtcdCluster.start(count);
    },
    open: () => new EtcdKeys(new EtcdClient({ members: running().urls })),
    files: () => allIn(running().directory),
    end: async () => await cluster?.end(),
  };
}

const places: readonly (readonly [string, () => Place])[] = [
  ['a file', filePlace],
  ['etcd with one member', () => etcdPlace(1)],
  ['etcd with three members', () => etcdPlace(3)],
];

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

describe.each(places)('%s', (what, make) => {
  const place = make();
  beforeAll(() => place.begin());
  afterAll(() => place.end());
  const opened: SharedKeys[] = [];
  const open = () => {
    const keys = place.open();
    opened.push(keys);
    return keys;
  };
  afterEach(() => {
    for (const keys of opened.splice(0)) keys.close();
  });

  describe('names and bytes', () => {
    let keys: SharedKeys;
    beforeEach(async () => {
      keys = open();
      await keys.remove('aorta/');
    });
    const texts = async (prefix: string) =>
      (await keys.read(prefix)).map(({ key, value }) => [key, Buffer.from(value).toString('utf8')]);

    test('what is written is read by everybody, by name; what begins otherwise is not', async () => {
      await keys.write([
        { key: 'aorta/b/2', value: bytes('two') },
        { key: 'aorta/b/1', value: bytes('one') },
        { key: 'aorta/bb', value: bytes('other') },
        { key: 'aorta/a', value: bytes('') },
      ]);
      expect(await texts('aorta/b/')).toEqual([
        ['aorta/b/1', 'one'],
        ['aorta/b/2', 'two'],
      ]);
      const [first] = await open().read('aorta/b/1');
      expect(Buffer.from(first?.value ?? []).toString('utf8')).toBe('one');
      expect(await texts('aorta/a')).toEqual([['aorta/a', '']]);
      await keys.write([{ key: 'aorta/b/1' }, { key: 'aorta/nobody' }]);
      expect(await texts('aorta/b/')).toEqual([['aorta/b/2', 'two']]);
      await keys.remove('aorta/b/');
      expect(await texts('aorta/')).toEqual([
        ['aorta/a', ''],
        ['aorta/bb', 'other'],
      ]);
    });

    test('bytes of every value, as many as a part of a declaration has', async () => {
      const value = randomBytes(512 * 1024 + 64);
      await keys.write([{ key: 'aorta/large', value }]);
      const [found] = await keys.read('aorta/large');
      expect(value.equals(found?.value ?? bytes(''))).toBe(true);
    });

    test('all of a write or none, and only when what was expected is so', async () => {
      const write = (text: string, version?: string) =>
        keys.write(
          [
            { key: 'aorta/pair', value: bytes(text) },
            { key: 'aorta/beside', value: bytes(text) },
          ],
          { key: 'aorta/pair', ...(version === undefined ? {} : { version }) },
        );
      const versionOf = async () => (await keys.read('aorta/pair'))[0]?.version;
      expect(await write('first')).toBe(true);
      expect(await write('again')).toBe(false);
      const version = await versionOf();
      expect(await write('second', version)).toBe(true);
      expect(await write('third', version)).toBe(false);
      // The same bytes are another version.
      expect(await write('second', await versionOf())).toBe(true);
      expect(await versionOf()).not.toBe(version);
      expect(await texts('aorta/')).toEqual([
        ['aorta/beside', 'second'],
        ['aorta/pair', 'second'],
      ]);
      // One that was removed and made again is not the one that was there.
      const before = await versionOf();
      await keys.write([{ key: 'aorta/pair' }]);
      await keys.write([{ key: 'aorta/pair', value: bytes('second') }]);
      expect(await write('fourth', before)).toBe(false);
    });

    test('of many who write at once, one at a time succeeds', async () => {
      await keys.write([{ key: 'aorta/count', value: bytes('0') }]);
      const count = async (own: SharedKeys) => {
        for (let done = 0; done < 10; ) {
          const [found] = await own.read('aorta/count');
          const next = String(Number(Buffer.from(found?.value ?? []).toString('utf8')) + 1);
          const expected = { key: 'aorta/count', version: found?.version ?? '' };
          if (await own.write([{ key: 'aorta/count', value: bytes(next) }], expected)) done += 1;
        }
      };
      await Promise.all([count(open()), count(open()), count(open())]);
      expect(await texts('aorta/count')).toEqual([['aorta/count', '30']]);
    });

    test('what is kept alive is there, and goes when nobody keeps it', async () => {
      const node = open();
      const other = open();
      await node.keepAlive('aorta/present/a', 3_000);
      await other.keepAlive('aorta/present/b', 3_000);
      const names = async () => (await keys.read('aorta/present/')).map(({ key }) => key);
      expect(await names()).toEqual(['aorta/present/a', 'aorta/present/b']);
      const since = performance.now();
      await until(
        'the one that nobody keeps is gone',
        async () => {
          await node.keepAlive('aorta/present/a', 3_000);
          const left = await names();
          expect(left).toContain('aorta/present/a');
          return left.length === 1 ? true : undefined;
        },
        20_000,
      );
      expect(performance.now() - since).toBeGreaterThan(2_000);
    });
  });

  describe('what nodes share', () => {
    const key = newSealKey().reveal();
    const stores = new Map<string, SharedStore>();
    const kind = what === 'a file' ? 'file' : 'etcd';
    const store = (node: string, seal = key) => new SharedStore(kind, open(), Seal.of(seal, 'seal'), node);
    beforeEach(async () => {
      await open().remove('aorta/');
      stores.clear();
    });

    const secret = `-----BEGIN PRIVATE KEY----- ${randomBytes(24).toString('hex')}`;
    const declaration = {
      file: 'aorta.yaml',
      text: `aorta: v1 # ${secret}`,
      files: new Map([
        ['certs/live.pem', { kind: 'read' as const, bytes: bytes(secret), othersCanRead: false }],
        ['certs/none.pem', { kind: 'unreadable' as const, reason: 'it does not exist' }],
        // More than one request of etcd takes, and nothing that compresses.
        ['certs/large.pem', { kind: 'read' as const, bytes: randomBytes(1_000_000), othersCanRead: true }],
        ['certs/larger.pem', { kind: 'read' as const, bytes: randomBytes(1_000_000), othersCanRead: true }],
      ]),
    };
    const digest = declarationDigest(declaration);
    const head = { id: 'c1', digest, kind: 'apply', author: 'jdoe', at: 1_000, number: 1 } as const;
    const pair: PairRecord = { format: 1, head, past: [{ id: 'c1', digest, fate: 'committed' }] };
    const report: NodeReport = { format: 1, digest, version: '0.1.0', holds: true };

    test('nothing at first; then what was agreed, said, wished, and who is there', async () => {
      const [a, b] = [store('lb-a'), store('lb-b')];
      const empty = await a.look();
      expect(empty).toMatchObject({ pair: { past: [] }, intents: { count: 0, intents: {} }, versions: {} });
      await a.beat();
      await a.report(report);
      expect(await a.agree(pair, empty)).toBe(true);
      expect(await b.agree(pair, empty)).toBe(false);
      const seen = await b.look();
      expect(seen.pair).toEqual(pair);
      expect(seen.present).toEqual(new Set(['lb-a']));
      expect(seen.reports).toEqual(new Map([['lb-a', report]]));
      const intent = {
        wish: { kind: 'weight', weight: 5 },
        target: { kind: 'host', host: 'api-1' },
        author: 'jdoe',
        reason: 'patches',
        since: 1,
      };
      const record = { format: 1, count: 1, intents: { 'weight host api-1': intent } };
      const intents = record as unknown as typeof seen.intents;
      expect(await b.intend(intents, seen)).toBe(true);
      expect(await a.intend(empty.intents, seen)).toBe(false);
      expect((await a.look()).intents).toEqual(intents);
    });

    test('a declaration comes back to the byte, nothing of it is legible on the way, and it can be forgotten', async () => {
      await store('lb-a').keep('c1', declaration);
      await store('lb-a').keep('c10', declaration);
      const back = await store('lb-b').declaration(head);
      expect(back.text).toBe(declaration.text);
      expect(declarationDigest(back)).toBe(digest);
      expect(back.files.get('certs/large.pem')).toMatchObject({ othersCanRead: true });
      const written = await place.files();
      expect(written.length).toBeGreaterThan(2_000_000);
      for (const legible of [secret, Buffer.from(secret).toString('base64'), 'aorta.yaml']) {
        expect(written.includes(legible)).toBe(false);
      }
      await store('lb-a').forget('c1');
      await expect(store('lb-b').declaration(head)).rejects.toMatchObject({ code: 'store-unreadable' });
      expect((await store('lb-b').declaration({ id: 'c10', digest })).text).toBe(declaration.text);
    });

    test('a part that is gone, changed or of another declaration is refused', async () => {
      const a = store('lb-a');
      const keys = open();
      await a.keep('c1', declaration);
      await a.keep('c2', declaration);
      const parts = await keys.read('aorta/declaration/c1/');
      expect(parts.length).toBeGreaterThan(2);
      const [part] = parts;
      const [foreign] = await keys.read('aorta/declaration/c2/');
      if (part === undefined || foreign === undefined) throw new Error('there are parts');
      const refused = async () =>
        await expect(a.declaration(head)).rejects.toMatchObject({ code: 'store-unreadable' });
      await keys.write([{ key: part.key }]);
      await refused();
      await keys.write([{ key: part.key, value: foreign.value }]);
      await refused();
      await keys.write([{ key: part.key, value: part.value }]);
      expect((await a.declaration(head)).text).toBe(declaration.text);
      await expect(a.declaration({ id: 'c1', digest: 'other' })).rejects.toMatchObject({
        code: 'store-unreadable',
      });
    });

    test('who has another key reads nothing, and says so', async () => {
      const a = store('lb-a');
      await a.agree(pair, await a.look());
      await expect(store('lb-b', newSealKey().reveal()).look()).rejects.toMatchObject({
        code: 'store-unreadable',
        message: expect.stringContaining('another key'),
      });
    });
  });
});

describe('etcd that is away', () => {
  test('one of three is not missed; two are, and nothing is promised any more', {
    timeout: 120_000,
  }, async () => {
    const cluster = await EtcdCluster.start(3);
    const keys = new EtcdKeys(new EtcdClient({ members: cluster.urls }));
    try {
      await keys.write([{ key: 'aorta/a', value: bytes('1') }]);
      await cluster.kill(0);
      await until('the two others answer', async () => {
        const found = await keys.read('aorta/').catch(() => []);
        return found.length === 1 ? true : undefined;
      });
      await keys.write([{ key: 'aorta/b', value: bytes('2') }]);
      await cluster.kill(1);
      for (const work of [
        () => keys.read('aorta/'),
        () => keys.write([{ key: 'aorta/c', value: bytes('3') }]),
        () => keys.keepAlive('aorta/d', 3_000),
        () => keys.remove('aorta/'),
      ]) {
        const since = performance.now();
        await expect(work()).rejects.toMatchObject({
          code: 'store-unreachable',
          message: expect.stringMatching(/^the shared store does not answer: /),
        });
        expect(performance.now() - since).toBeLessThan(7_000);
      }
      cluster.start(0);
      await cluster.answers();
      // What was asked meanwhile may have been done by now: nobody was told that it was not.
      await keys.write([{ key: 'aorta/e', value: bytes('5') }]);
      expect(await keys.read('aorta/e')).toHaveLength(1);
    } finally {
      keys.close();
      await cluster.end();
    }
  });
});
