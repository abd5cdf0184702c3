// Guards that a host is patched when no node sends it requests, and gets them when every node finds it healthy.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Controller } from '../../src/contract/controller.ts';
import type { Name } from '../../src/model/name.ts';
import { type CommandWorld, commandLine } from '../harness/command-line.ts';
import { loopbackEndpoints } from '../harness/loopback.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { type ServedNode, serveNode } from '../harness/served-node.ts';
import { SimulatedEstate } from '../harness/simulated-estate.ts';

const names = ['lb-a', 'lb-b'] as const;
type NodeName = (typeof names)[number];

const endpoints = loopbackEndpoints(names);

let pair: TestPair;
beforeAll(async () => {
  pair = await makeTestPair(endpoints);
});
afterAll(() => pair.end());

let estates: Record<NodeName, SimulatedEstate>;
let served: Record<NodeName, ServedNode>;
beforeEach(async () => {
  estates = { 'lb-a': new SimulatedEstate(), 'lb-b': new SimulatedEstate() };
  served = { 'lb-a': await serve('lb-a'), 'lb-b': await serve('lb-b') };
});
afterEach(async () => {
  await Promise.all(names.map((name) => served[name].close()));
});

async function serve(name: NodeName): Promise<ServedNode> {
  const { controller } = estates[name];
  const status: Controller['status'] = async () => ({
    ...(await controller.status()),
    node: {
      ...{ name: name as Name, conditions: [], reachedAt: [], groups: [] },
      nodes: names.map((one) => one as Name),
    },
  });
  return await serveNode(await pair.keysOf(name), { ...controller, status }, endpoints[name]);
}

const both = ['--node', 'lb-a', '--node', 'lb-b'];
const why = ['--reason', 'June patches'];
const aorta = (words: readonly string[], world: Partial<CommandWorld> = {}) =>
  commandLine([...words, ...why, '--keys', pair.directory], { socket: '/nowhere', now: Date.now, ...world });
const roll = (words: readonly string[], settle = '0s') =>
  aorta(['roll', 'api-1', 'api-2', '--settle', settle, ...words]);

test('each step is done on all nodes before the next', async () => {
  const log = join(pair.directory, 'patched');
  // The other node still has a session when the first has none, and finds the host healthy later.
  estates['lb-b'].sessions.set('live-apis/api-1', 1);
  estates['lb-b'].onStatus = (count) => {
    if (count === 8) estates['lb-b'].sessions.clear();
  };
  const drainedWhilePatched = `echo "$AORTA_HOST $AORTA_ADDRESS" >> ${log}`;
  const { code, out, err } = await roll(['--run', drainedWhilePatched, ...both], '1s');
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(await readFile(log, 'utf8')).toBe('api-1 10.20.1.11\napi-2 10.20.1.12\n');
  expect(out).toMatch(/api-1: drained \(lb-a: live-apis: 0 sessions[^;]*; lb-b: live-apis: 1 session/);
  expect(err).toContain('waiting: lb-b: live-apis/api-1: 1 session\n');
  expect(err).not.toContain('note');
  expect(out).toMatch(/api-1: settled[^]*api-2: drained[^]*api-2: settled[^]*done: api-1, api-2/);
  for (const name of names) expect(estates[name].intents).toEqual([]);
});

test('what one node refuses stops it; the first to be asked has then changed nothing', async () => {
  estates['lb-a'].health.set('live-apps/api-2', 'down');
  const { code, err } = await roll(['--run', 'true', ...both]);
  expect(code).toBe(1);
  expect(err).toContain('stopped at api-1: lb-a: ');
  for (const name of names) expect(estates[name].intents).toEqual([]);
});

test('what the second refuses stops it, too: it is said that the host stays drained, and how to put it back', async () => {
  estates['lb-b'].health.set('live-apps/api-2', 'down');
  const { code, err } = await roll(['--run', 'true', ...both]);
  expect(code).toBe(1);
  expect(err).toContain('stopped at api-1: lb-b: ');
  expect(err).toContain(`api-1 stays drained; \`aorta enable api-1 ${both.join(' ')} --keys`);
  expect(estates['lb-a'].intents).toMatchObject([{ target: { host: 'api-1' } }]);
});

test('a host that one node does not find healthy stays drained on all', async () => {
  estates['lb-b'].health.set('live-apps/api-1', 'down');
  const { code, err } = await roll(['--run', 'true', '--health-deadline', '1s', ...both]);
  expect(code).toBe(1);
  expect(err).toContain('stopped at api-1: lb-b: after 1s still: live-apps/api-1: down');
  expect(err).toContain(`--settle 0ms --reason 'June patches' ${both.join(' ')}`);
  for (const name of names) expect(estates[name].intents).toMatchObject([{ target: { host: 'api-1' } }]);
});

test('a node that goes away stops it at once, and not when the patience with the others is over', async () => {
  estates['lb-a'].sessions.set('live-apis/api-1', 1);
  estates['lb-b'].onStatus = (count) => {
    if (count === 4) void served['lb-b'].close();
  };
  estates['lb-b'].sessions.set('live-apis/api-1', 1);
  const began = Date.now();
  const { code, err } = await roll(['--run', 'true', ...both]);
  expect(code).toBe(1);
  expect(err).toContain('stopped at api-1: lb-b');
  // The deadline for sessions is ten minutes.
  expect(Date.now() - began).toBeLessThan(60_000);
});

test('one node of a pair alone is rolled, and told of the other', async () => {
  const { code, err } = await roll(['--run', 'true', '--node', 'lb-a']);
  expect(code).toBe(0);
  expect(err).toContain('note: of lb-a and lb-b only one was asked');
  expect(err).toContain(`ask all with ${both.join(' ')}\n`);
  const drained = await aorta(['drain', 'api-1', '--wait', '--node', 'lb-a']);
  expect(drained).toMatchObject({
    code: 0,
    err: expect.stringContaining(`ask all with ${both.join(' ')}\n`),
  });
});
