import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RevisionsAnswer } from '../../src/contract/answers.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Status } from '../../src/model/status.ts';
import { aorta as run } from '../harness/controller.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { type NodeRoom, openNodeRoom } from '../harness/node-room.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';

// Two whole controllers, each with a HAProxy, in networks of their own: the same declaration for both.

const place = (port: number) => ({ address: loopbackAddress(), port });
const front = loopbackAddress();
const both = place(8000);
const onlyAtA = place(8000);
const takenAtA = { address: front, port: 81 };

const endpoints = {
  'lb-a': { host: loopbackAddress(), port: 7443 } as Endpoint,
  'lb-b': { host: loopbackAddress(), port: 7443 } as Endpoint,
};

const service = (port: number, server: object) => ({
  listeners: [{ protocol: 'http', address: front, port }],
  pool: { servers: { one: server }, trustedSegment: 'loopback' },
  maxConnections: 100,
});

const declarationOf = (services: object, site = 'St. Elsewhere') => ({
  aorta: 'v1',
  site,
  virtualServices: { thin: service(80, both), ...services },
});

let pair: TestPair;
const rooms: Partial<Record<'lb-a' | 'lb-b', NodeRoom>> = {};
beforeAll(async () => {
  pair = await makeTestPair(endpoints);
  const common = { keys: pair.directory, declaration: declarationOf({}) };
  for (const [name, servers, taken] of [
    ['lb-a', [both, onlyAtA], [takenAtA]],
    ['lb-b', [both], []],
  ] as const) {
    rooms[name] = await openNodeRoom({ ...common, name, endpoint: endpoints[name], servers, taken });
  }
}, 240_000);
afterAll(async () => {
  await Promise.all(Object.values(rooms).map((room) => room.end()));
  await pair.end();
});

const nodes = ['--node', 'lb-a', '--node', 'lb-b'];
const aorta = (...words: readonly string[]) => run(...words, '--keys', pair.directory);

async function fileOf(declaration: object): Promise<string> {
  const file = join(pair.directory, 'aorta.yaml');
  await writeFile(file, JSON.stringify(declaration, undefined, 1));
  return file;
}

async function json<T>(...words: readonly string[]): Promise<T> {
  const { stdout, stderr } = await aorta(...words, '--json');
  if (!stdout.startsWith('{')) throw new Error(`${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}

const historyOf = (node: string) => json<RevisionsAnswer>('history', '--node', node);

async function digests(): Promise<(string | undefined)[]> {
  const { nodes: seen } = await json<{ nodes: { status?: Status }[] }>('status', ...nodes);
  return seen.map(({ status }) => status?.declaration.digest);
}

// Up to eight commands a test, each a process of its own.
describe('one declaration for two nodes', { timeout: 240_000 }, () => {
  test('at first both serve the same, and are found so', async () => {
    const { code, stdout } = await aorta('status', ...nodes);
    expect(stdout).not.toContain('different');
    expect(code).toBe(0);
  });

  test('applied to both, the second named first, each watched before the next', async () => {
    const file = await fileOf(declarationOf({ more: service(8080, both) }));
    const { code, stdout, stderr } = await aorta(
      'apply',
      file,
      ...nodes,
      '--guard',
      '1s',
      '--author',
      'jdoe',
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^lb-a and lb-b:\nrebind: [\s\S]*\nlb-b:\napplied: [\s\S]*\nlb-a:\napplied: /);
    expect(stdout).toContain('done: lb-b and lb-a have it\n');
    expect(stderr.match(/✓ watch the service/g)).toHaveLength(2);
    const [a, b] = await digests();
    expect(a).toBe(b);
  });

  test('the history says who it was, proven and claimed', async () => {
    for (const name of ['lb-a', 'lb-b']) {
      const { revisions } = await historyOf(name);
      expect(revisions.map(({ author }) => author)).toEqual([
        'operator/jdoe',
        expect.not.stringContaining('/'),
      ]);
    }
  });

  test('one node is against it when it plans: none is touched', async () => {
    const before = await digests();
    const file = await fileOf(declarationOf({ more: service(8080, onlyAtA) }));
    const { code, stdout, stderr } = await aorta('apply', file, ...nodes);
    expect(code).toBe(1);
    expect(stdout).toContain('refused by lb-b: 1 error');
    expect(stderr).toContain('pool-unreachable');
    expect(await digests()).toEqual(before);
  });

  test('one node fails when it applies: the other is taken back, with the reason', async () => {
    const before = await digests();
    const file = await fileOf(
      declarationOf({ more: service(8080, both), late: service(takenAtA.port, both) }),
    );
    const { code, stdout, stderr } = await aorta('apply', file, ...nodes, '--guard', '0s');
    expect(stderr).toContain('address-taken');
    expect(code).toBe(1);
    expect(stdout).toContain('taking lb-b back: lb-a did not take it\n');
    expect(stderr).toMatch(
      /lb-b had it, and was taken back to what revision 2 was\n {2}lb-a refused it, and revision 2/,
    );
    expect(await digests()).toEqual(before);
    const [newest] = (await historyOf('lb-b')).revisions;
    expect(newest).toMatchObject({ kind: 'rollback', restores: 2, reason: 'lb-a did not take it' });
  });

  test('changed on one alone: told in red, in a sentence and by the exit code', async () => {
    const file = await fileOf(declarationOf({ more: service(8080, both) }, 'Another'));
    const alone = await aorta('apply', file, '--node', 'lb-a', '--guard', '0s');
    expect(alone.code, alone.stderr).toBe(0);
    const { code, stdout } = await aorta('status', ...nodes);
    expect(code).toBe(1);
    expect(stdout).toContain('lb-a and lb-b serve different declarations\n');
  });

  test('drained on both, and put back', async () => {
    const words = ['--reason', 'patching', '--force'];
    const drained = await aorta('drain', 'one', ...words, ...nodes, '--wait');
    expect(drained.code, drained.stderr).toBe(0);
    expect(drained.stdout).toContain('one has no session left in any service, on lb-a and lb-b');
    expect((await aorta('enable', 'one', ...nodes)).code).toBe(0);
  });

  test('a controller is dead: the other one is shown, and a change refused', async () => {
    await rooms['lb-b']?.killController();
    const { code, stdout } = await aorta('status', ...nodes);
    expect(code).toBe(1);
    expect(stdout).toMatch(/lb-b \(127\.[\d.]+:7443\) does not answer/);
    expect(stdout).toContain('\nlb-a: Another: HAProxy ');
    const refused = await aorta('apply', await fileOf(declarationOf({})), ...nodes);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('no node was touched: lb-b');
  });
});
