import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Controller } from '../../src/contract/controller.ts';
import { Failure } from '../../src/kernel/failure.ts';
import type { Address } from '../../src/model/address.ts';
import type { Name } from '../../src/model/name.ts';
import { commandLine } from '../harness/command-line.ts';
import { loopbackEndpoints } from '../harness/loopback.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { type ServedNode, serveNode } from '../harness/served-node.ts';
import { SimulatedEstate } from '../harness/simulated-estate.ts';

/** Guards the order in which all nodes are asked when one of them is withdrawn or announced, and what is refused before. */
const names = ['lb-a', 'lb-b', 'lb-c'] as const;
type NodeName = (typeof names)[number];
const endpoints = loopbackEndpoints(names);

let pair: TestPair;
beforeAll(async () => {
  pair = await makeTestPair(endpoints);
});
afterAll(() => pair.end());

let asked: string[];
let announcing: Set<NodeName>;
/** Workers that leave, at each look after a node was asked to let its connections end. */
let leaving: Partial<Record<NodeName, number[]>>;
let refusing: NodeName | undefined;
let served: ServedNode[];
beforeEach(async () => {
  asked = [];
  announcing = new Set(names);
  leaving = {};
  refusing = undefined;
  served = await Promise.all(
    names.map(async (name) => serveNode(await pair.keysOf(name), controllerOf(name), endpoints[name])),
  );
});
afterEach(async () => {
  await Promise.all(served.map((node) => node.close()));
});

function controllerOf(name: NodeName): Partial<Controller> {
  const estate = new SimulatedEstate();
  const looks = () => (asked.includes(`${name} retire`) ? (leaving[name]?.shift() ?? 0) : 0);
  return {
    status: async () => ({
      ...(await estate.controller.status()),
      process: { pid: 1, version: '2.6.12', uptime: 1, drift: false, leavingWorkers: looks() },
      node: {
        ...{ name: name as string as Name, conditions: [], reachedAt: [], groups: [] },
        nodes: names.map((one) => one as string as Name),
        announcement: {
          addresses: ['10.99.0.10' as Address],
          state: announcing.has(name) ? 'announced' : 'withdrawn',
          routers: [],
        },
      },
    }),
    relay: async ({ limit }) => {
      if (refusing === name) throw new Failure('nftables-missing', 'there is no program nft', 'install it');
      asked.push(`${name} relay for ${limit / 1000} s`);
    },
    withdraw: async ({ reason }) => {
      asked.push(`${name} withdraw: ${reason}`);
      announcing.delete(name);
      return { took: 7 };
    },
    announce: async () => {
      asked.push(`${name} announce`);
      if (announcing.has(name)) return { announced: false };
      // Its session has to be opened first.
      setTimeout(() => announcing.add(name), 700);
      return { announced: true };
    },
    retire: async ({ groups }) => {
      asked.push(`${name} retire${groups === undefined ? '' : ' groups'}`);
      return { retired: true };
    },
    settle: async () => {
      asked.push(`${name} settle`);
    },
  };
}

const all = names.flatMap((name) => ['--node', name]);
const aorta = (...words: readonly string[]) =>
  commandLine([...words, '--keys', pair.directory], { socket: '/nowhere', now: Date.now });

test('all relay before one is withdrawn, all let their connections end after it, and then all settle', async () => {
  leaving = { 'lb-a': [1, 1] };
  const { code, out, err } = await aorta(
    'withdraw',
    'lb-c',
    ...all,
    '--reason',
    'kernel',
    '--deadline',
    '1m',
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(asked.slice(0, 4)).toEqual([
    ...names.map((name) => `${name} relay for 120 s`),
    'lb-c withdraw: kernel',
  ]);
  expect(asked.slice(4, 7).toSorted()).toEqual(names.map((name) => `${name} retire`));
  expect(asked.slice(7)).toEqual(names.map((name) => `${name} settle`));
  expect(leaving['lb-a']).toEqual([]);
  expect(out).toContain('withdrawn: no router is told of its addresses');
});

test('one is announced again in the same order, and connections end only when the routers have it', async () => {
  announcing.delete('lb-c');
  const { code } = await aorta('announce', 'lb-c', ...all);
  expect(code).toBe(0);
  expect(announcing.has('lb-c')).toBe(true);
  expect(asked.map((one) => one.slice(5).replace(/ for .*/, ''))).toEqual([
    ...['relay', 'relay', 'relay', 'announce', 'retire', 'retire', 'retire', 'settle', 'settle', 'settle'],
  ]);
});

test('where nothing was withdrawn, no connection is ended', async () => {
  const { code, out } = await aorta('announce', 'lb-c', ...all);
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('nothing to do') });
  expect(asked.filter((one) => one.includes('retire'))).toEqual([]);
  expect(asked.slice(-3)).toEqual(names.map((name) => `${name} settle`));
});

test('connections that outlast the deadline are said, with where they are', async () => {
  leaving = { 'lb-b': Array.from({ length: 20 }, () => 1) };
  const { code, err } = await aorta('withdraw', 'lb-c', ...all, '--deadline', '1s');
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringContaining('some connections to lb-b were still open'),
  });
  expect(asked.slice(-3)).toEqual(names.map((name) => `${name} settle`));
});

test('when one cannot relay, nothing is withdrawn and nothing relayed any more', async () => {
  refusing = 'lb-b';
  const { code, err } = await aorta('withdraw', 'lb-c', ...all);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('nftables-missing') });
  expect(asked).toEqual([expect.stringContaining('lb-a relay'), ...names.map((name) => `${name} settle`)]);
});

test.each([
  [['withdraw', 'lb-c', '--node', 'lb-a', '--node', 'lb-c'], 'name all nodes: add --node lb-b'],
  [['withdraw', ...all], 'say which node, and name all of them'],
  [['withdraw', 'lb-c', '--node', 'lb-c'], 'say which node, and name all of them'],
  [['withdraw', 'lb-d', ...all], 'lb-d is none of the nodes that were named'],
])('%j is refused before anything is touched', async (words, message) => {
  const { code, err } = await aorta(...words);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  expect(asked).toEqual([]);
});

test('the last node that announces is not withdrawn', async () => {
  announcing = new Set(['lb-c']);
  const { code, err } = await aorta('withdraw', 'lb-c', ...all);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('no other node announces') });
  expect(asked).toEqual([]);
});

test('by itself, a node is asked and nobody else', async () => {
  expect((await aorta('withdraw', '--node', 'lb-c')).code).toBe(0);
  expect(asked).toEqual(['lb-c withdraw: undefined']);
});
