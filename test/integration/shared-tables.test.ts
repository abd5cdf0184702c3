import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { nodeFacts } from '../../src/daemon/node-facts.ts';
import { command } from '../../src/dataplane/haproxy/runtime-socket.ts';
import { readPeers } from '../../src/dataplane/haproxy/show-peers.ts';
import type { Rendering } from '../../src/ir/rendering.ts';
import type { Configuration } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import type { PairKeys } from '../../src/pki/pair-keys.ts';
import { render } from '../../src/render/render.ts';
import {
  address,
  configuration,
  httpListener,
  name,
  port,
  server,
  service,
} from '../golden/configurations.ts';
import { type RunningHaproxy, withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { askFrom } from '../harness/source-client.ts';
import { until } from '../harness/until.ts';
import type { Upstream } from '../harness/upstream.ts';
import { createRig, type Rig } from './dataplane-rig.ts';
import { upstream } from './runtime-rig.ts';

// Guards: whoever a client is bound to on one node, it is bound to on the other, and nobody else learns of it.

/** HAProxy 2.6 waits 5 s after its first start for somebody to teach it. */
const patience = { timeout: 60_000 };
const peersPort = 7444;

let ours: TestPair;
let strangers: TestPair;
beforeAll(async () => {
  const endpoint = { host: '127.0.0.1', port: 1 } as Endpoint;
  const nodes = { 'lb-a': endpoint, 'lb-b': endpoint };
  [ours, strangers] = [await makeTestPair(nodes), await makeTestPair(nodes)];
});
afterAll(async () => {
  await ours.end();
  await strangers.end();
});

/** The two nodes on loopback addresses of this test. */
interface Places {
  readonly 'lb-a': string;
  readonly 'lb-b': string;
}
type NodeName = keyof Places;

const places = (): Places => ({ 'lb-a': loopbackAddress(), 'lb-b': loopbackAddress() });

/** What both nodes serve; here they share a machine, so each has a listener of its own. */
function declared(at: string, behind: readonly Upstream[], nodes: Places): Configuration {
  const servers = behind.map((one, index) => server(`api-${index + 1}`, one.address, one.port));
  const persistence = { type: 'sourceAddress', expire: duration('30m'), entries: 1_000 } as const;
  const live = service('live', [httpListener(at, 80)], { servers, persistence, balance: 'roundrobin' });
  return configuration([live], {
    ha: {
      path: ['ha'],
      nodes: Object.entries(nodes).map(([node, where]) => ({
        ...{ name: name(node), path: ['ha', 'nodes', node] },
        ...{ address: address(where), pairAddress: address(where) },
      })),
      profile: 'fast',
      peersPort: port(peersPort),
      groups: [],
    },
  });
}

function facts(own: NodeName, keys: PairKeys): Pick<NodeFacts, 'node' | 'sharing'> {
  return { node: { name: name(own), interface: 'lo' }, sharing: keys };
}

function rendered(own: NodeName, keys: PairKeys, wanted: Configuration): (node: NodeFacts) => Rendering {
  return (node) => render(compile(wanted, { ...node, ...facts(own, keys) }));
}

const peersOf = async (haproxy: RunningHaproxy) => readPeers(await haproxy.command('show peers'));
const entriesOf = async (haproxy: RunningHaproxy) =>
  Number(/used:(\d+)/.exec(await haproxy.command('show table live.servers'))?.[1]);
/** How often it has connected to the other node. */
const triesOf = async (haproxy: RunningHaproxy) =>
  Number(/remote[^]*?new_conn=(\d+)/.exec(await haproxy.command('show peers'))?.[1]);

async function untilConnected(...nodes: readonly RunningHaproxy[]): Promise<void> {
  await until(
    'the nodes have met',
    async () => {
      const peers = (await Promise.all(nodes.map(peersOf))).flat();
      return peers.every(({ connected }) => connected) ? true : undefined;
    },
    30_000,
  );
}

const clientAddresses = () => Array.from({ length: 12 }, loopbackAddress);
const askAll = (at: string, clients: readonly string[]) =>
  Promise.all(clients.map((client) => askFrom(client, at)));

describe('two nodes', () => {
  test('an entry that is made on one is on the other, and clients keep their servers', patience, async () => {
    const nodes = places();
    const behind = [await upstream(), await upstream(), await upstream()];
    const [atA, atB] = [loopbackAddress(), loopbackAddress()];
    const [keysA, keysB] = [await ours.keysOf('lb-a'), await ours.keysOf('lb-b')];
    await withHaproxy(rendered('lb-a', keysA, declared(atA, behind, nodes)), (a) =>
      withHaproxy(rendered('lb-b', keysB, declared(atB, behind, nodes)), async (b) => {
        await untilConnected(a, b);
        const clients = clientAddresses();
        const servers = await askAll(atA, clients);
        expect(new Set(servers).size).toBe(3);
        await until('lb-b has all entries', async () =>
          (await entriesOf(b)) === clients.length ? true : undefined,
        );
        expect(await askAll(atB, clients)).toEqual(servers);
        for (const one of [a, b]) expect(await one.messages()).not.toMatch(/ALERT|WARNING/);
      }),
    );
  });

  test(
    'with keys of another authority a node learns nothing, and is told to be apart',
    patience,
    async () => {
      const nodes = places();
      const behind = [await upstream()];
      const [atA, atB] = [loopbackAddress(), loopbackAddress()];
      const [keysA, theirs] = [await ours.keysOf('lb-a'), await strangers.keysOf('lb-b')];
      await withHaproxy(rendered('lb-a', keysA, declared(atA, behind, nodes)), (a) =>
        withHaproxy(rendered('lb-b', theirs, declared(atB, behind, nodes)), async (b) => {
          await askAll(atA, clientAddresses());
          await until(
            'each has tried several times',
            async () => ((await triesOf(a)) > 2 && (await triesOf(b)) > 2 ? true : undefined),
            40_000,
          );
          expect(await entriesOf(a)).toBe(12);
          expect(await entriesOf(b)).toBe(0);
          expect(await peersOf(a)).toEqual([{ name: 'lb-b', connected: false }]);
          expect(await peersOf(b)).toEqual([{ name: 'lb-a', connected: false }]);
        }),
      );
    },
  );

  test(
    'what answers in the place of a node with a key for another name learns nothing',
    patience,
    async () => {
      const nodes = places();
      const behind = [await upstream()];
      const [atA, atB] = [loopbackAddress(), loopbackAddress()];
      const keysA = await ours.keysOf('lb-a');
      // It calls nobody: it looks for lb-a where nobody is.
      const elsewhere = { ...nodes, 'lb-a': loopbackAddress() };
      await withHaproxy(rendered('lb-a', keysA, declared(atA, behind, nodes)), (a) =>
        withHaproxy(rendered('lb-b', keysA, declared(atB, behind, elsewhere)), async (b) => {
          await askAll(atA, clientAddresses());
          await until('lb-a has tried', async () => ((await triesOf(a)) > 2 ? true : undefined), 40_000);
          expect(await peersOf(a)).toEqual([{ name: 'lb-b', connected: false }]);
          expect(await entriesOf(b)).toBe(0);
        }),
      );
    },
  );

  test('who shows no certificate is not listened to', patience, async () => {
    const nodes = places();
    const keys = await ours.keysOf('lb-a');
    const wanted = declared(loopbackAddress(), [await upstream()], nodes);
    await withHaproxy(rendered('lb-a', keys, wanted), async () => {
      const socket = connect({ host: nodes['lb-a'], port: peersPort, rejectUnauthorized: false });
      let said = '';
      socket.on('data', (part: Buffer) => {
        said += part.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.write('HAProxyS 2.1\nlb-a\nlb-b 1 1\n');
      await new Promise((resolve) => socket.once('close', resolve));
      expect(said).toBe('');
    });
  });
});

/** Puts a configuration of lb-a in service, by a start or a reload. */
async function bringing({ dataPlane, paths }: Rig): Promise<(wanted: Configuration) => Promise<void>> {
  const node: NodeFacts = { ...nodeFacts(paths), ...facts('lb-a', await ours.keysOf('lb-a')) };
  return async (wanted) => {
    const { generation } = await dataPlane.stage(render(compile(wanted, node)));
    expect(await dataPlane.check(generation)).toEqual([]);
    expect(await dataPlane.preflight(generation)).toEqual([]);
    await dataPlane.swap(generation);
    const running = await dataPlane.adopt();
    const brought = await (running === undefined ? dataPlane.start() : dataPlane.reload());
    expect(brought.ok).toBe(true);
  };
}

async function say({ paths }: Rig, ...words: string[]): Promise<string> {
  const answer = await command(paths.adminSocket, words);
  return answer.ok ? answer.value : '';
}

/** Before, it waits for somebody to teach it, and an old worker of it would teach nobody. */
async function untilItTeaches(rig: Rig): Promise<void> {
  await until(
    'it teaches',
    async () => ((await say(rig, 'show', 'peers')).includes('resync_timeout=<PAST>') ? true : undefined),
    30_000,
  );
}

// As root, which a node of a pair needs for its addresses anyway.
test('a node whose network to the others is gone starts, and serves', patience, async () => {
  const rig = await createRig();
  const at = loopbackAddress();
  // TEST-NET-3 (RFC 5737): no machine has it.
  const nodes = { 'lb-a': '203.0.113.2', 'lb-b': '203.0.113.3' };
  const behind = await upstream();
  const bring = await bringing(rig);
  for (let turn = 0; turn < 2; turn += 1) {
    await bring(declared(at, [behind], nodes));
    expect(await askFrom(loopbackAddress(), at)).toBe(behind.address);
  }
  expect(await rig.dataPlane.sharing.peers()).toEqual([{ name: 'lb-b', connected: false }]);
});

test('old and new worker meet where the nodes do: a reload keeps the entries', patience, async () => {
  const rig = await createRig();
  const nodes = places();
  const at = loopbackAddress();
  const behind = [await upstream(), await upstream(), await upstream()];
  const bring = await bringing(rig);
  await bring(declared(at, behind, nodes));
  expect(await rig.dataPlane.sharing.peers()).toEqual([{ name: 'lb-b', connected: false }]);
  await untilItTeaches(rig);
  const clients = clientAddresses();
  const servers = await askAll(at, clients);
  for (let turn = 0; turn < 3; turn += 1) {
    await bring(declared(at, [...behind, await upstream()], nodes));
    await until('the table is carried over', async () => {
      const used = /used:(\d+)/.exec(await say(rig, 'show', 'table', 'live.servers'))?.[1];
      return Number(used) === clients.length ? true : undefined;
    });
    expect(await askAll(at, clients)).toEqual(servers);
  }
});

test(
  'a reload of one node while the other is there: they meet again, and miss nothing',
  patience,
  async () => {
    const rig = await createRig();
    const nodes = places();
    const [atA, atB] = [loopbackAddress(), loopbackAddress()];
    const behind = [await upstream(), await upstream(), await upstream()];
    const bring = await bringing(rig);
    const keysB = await ours.keysOf('lb-b');
    await withHaproxy(rendered('lb-b', keysB, declared(atB, behind, nodes)), async (b) => {
      const clients: string[] = [];
      let known: readonly string[] = [];
      for (let turn = 0; turn < 4; turn += 1) {
        await bring(declared(atA, behind, nodes));
        // Later ones were taught by the worker before.
        if (turn === 0) await untilItTeaches(rig);
        await untilConnected(b);
        clients.push(...clientAddresses());
        const servers = await askAll(atA, clients);
        expect(servers.slice(0, known.length)).toEqual(known);
        known = servers;
        await until('lb-b has all entries', async () =>
          (await entriesOf(b)) === clients.length ? true : undefined,
        );
      }
      expect(await askAll(atB, clients)).toEqual(known);
      expect(await b.messages()).not.toMatch(/ALERT|WARNING/);
    });
  },
);
