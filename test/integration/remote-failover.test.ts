import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Controller } from '../../src/contract/controller.ts';
import type { RehearsedRequest } from '../../src/contract/operations.ts';
import { Failure } from '../../src/kernel/failure.ts';
import type { Address, Port } from '../../src/model/address.ts';
import type { Name } from '../../src/model/name.ts';
import type { ServiceState, Status } from '../../src/model/status.ts';
import { succession } from '../../src/model/succession.ts';
import { commandLine } from '../harness/command-line.ts';
import { loopbackAddress, loopbackEndpoints } from '../harness/loopback.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { type ServedNode, serveNode } from '../harness/served-node.ts';
import { SimulatedEstate } from '../harness/simulated-estate.ts';

/** Guards the order in which two nodes are asked when addresses move, and that none moves to where it would not be served. */
const names = ['lb-a', 'lb-b', 'lb-c'] as const;
type NodeName = (typeof names)[number];
/** Where nobody listens. */
const address = loopbackAddress() as Address;
const addresses: Readonly<Record<string, Address>> = {
  main: address,
  'g-a': '10.20.0.10' as Address,
  'g-b': '10.20.0.11' as Address,
  'g-c': '10.20.0.12' as Address,
};

const endpoints = loopbackEndpoints(names);

let pair: TestPair;
beforeAll(async () => {
  pair = await makeTestPair(endpoints);
});
afterAll(() => pair.end());

/** A node of a pair whose addresses go where they are given. */
class SimulatedNode {
  readonly estate = new SimulatedEstate();
  readonly #name: NodeName;
  readonly #asked: string[];
  /** The groups that it holds. */
  holds: string[] = [];
  /** Those that prefer it and that it leaves to others. */
  away: string[] = [];
  /** The groups that prefer a node, by their names. */
  prefers: Readonly<Record<string, NodeName>> = {};
  groups: readonly string[] = ['main'];
  lostGateway = false;
  conditions: string[] = [];
  pair: readonly string[] = ['lb-a', 'lb-b'];
  services: ServiceState = 'healthy';
  /** Workers with connections, at each look. */
  leaving: number[] = [];
  /** Whether it has connections, each time it is to let them end. */
  sessions: boolean[] = [true];
  /** Where its services answer over plain HTTP; absent: at the listeners of the estate, where nobody does. */
  port: number | undefined;
  /** What it was told of rehearsals. */
  readonly rehearsed: RehearsedRequest[] = [];
  /** Called when it has given its addresses up. */
  onGiven: (groups: readonly string[]) => void = () => undefined;

  constructor(name: NodeName, asked: string[]) {
    this.#name = name;
    this.#asked = asked;
  }

  readonly controller: Partial<Controller> = {
    ...this.estate.controller,
    status: async () => this.#status(),
    take: async ({ groups, routes, limit }) => {
      const [route] = routes;
      const whose = route === undefined ? 'nobody' : `${route.owner.join()} for ${limit / 1000} s`;
      this.#asked.push(`${this.#name} take ${groups.join('+')}, ${route?.addresses.join()} from ${whose}`);
      this.away = this.away.filter((name) => !groups.includes(name as Name));
    },
    makeWay: async ({ groups }) => {
      this.#asked.push(`${this.#name} make way for ${groups.join('+')}`);
    },
    give: async ({ groups, author, reason }) => {
      this.#asked.push(`${this.#name} give ${groups.join('+')}, by ${author}: ${reason}`);
      this.holds = this.holds.filter((name) => !groups.includes(name as Name));
      this.away.push(...groups.filter((name) => this.prefers[name] === this.#name));
      this.onGiven(groups);
      return { addresses: [address], took: 21 };
    },
    retire: async ({ groups = [] }) => {
      this.#asked.push(`${this.#name} retire ${groups.join('+')}`);
      return { retired: this.sessions.shift() ?? false };
    },
    settle: async () => {
      this.#asked.push(`${this.#name} settle`);
    },
    rehearsed: async (found) => {
      this.rehearsed.push(found);
    },
  };

  async #status(): Promise<Status> {
    const seen = await this.estate.controller.status();
    const leavingWorkers = this.leaving.shift() ?? 0;
    if (leavingWorkers > 0) this.#asked.push(`${this.#name} has ${leavingWorkers} leaving`);
    return {
      ...seen,
      services: seen.services.map((service) => ({
        ...service,
        state: this.services,
        listeners: service.listeners.map((listener) => ({
          ...listener,
          address,
          ...(this.port === undefined ? {} : { protocol: 'http' as const, port: this.port as Port }),
        })),
      })),
      process: { pid: 1, version: '2.6.12', uptime: 1, drift: false, leavingWorkers },
      node: {
        name: this.#name as string as Name,
        conditions: this.conditions,
        reachedAt: [`10.20.0.${names.indexOf(this.#name) + 2}` as Address],
        nodes: this.pair as Name[],
        groups: this.groups.map((group) => {
          const prefers = this.prefers[group];
          const away = this.away.includes(group);
          const place = succession<string>(this.pair, prefers).indexOf(this.#name);
          return {
            name: group as Name,
            state: this.holds.includes(group) ? 'master' : 'backup',
            preferred: prefers === this.#name,
            ...(prefers === undefined ? {} : { prefers: prefers as string as Name }),
            ...(away ? { away: { since: 1, author: 'anna' } } : {}),
            priority: 254 - 10 * place - (away ? 30 : 0) - (this.lostGateway ? 60 : 0),
            addresses: [{ address: addresses[group] ?? address, held: this.holds.includes(group) }],
          };
        }),
      },
    };
  }
}

let asked: string[];
let nodes: Record<NodeName, SimulatedNode>;
let served: ServedNode[];
beforeEach(async () => {
  asked = [];
  nodes = {
    'lb-a': new SimulatedNode('lb-a', asked),
    'lb-b': new SimulatedNode('lb-b', asked),
    'lb-c': new SimulatedNode('lb-c', asked),
  };
  nodes['lb-a'].holds = ['main'];
  nodes['lb-a'].onGiven = () => {
    nodes['lb-b'].holds = ['main'];
  };
  served = await Promise.all(
    names.map(async (name) => serveNode(await pair.keysOf(name), nodes[name].controller, endpoints[name])),
  );
});
afterEach(async () => {
  await Promise.all(served.map((node) => node.close()));
});

const both = ['--node', 'lb-a', '--node', 'lb-b'];
const aorta = (...words: readonly string[]) =>
  commandLine([...words, '--keys', pair.directory], { socket: '/nowhere', now: Date.now });

test('one takes, the other gives, and once nothing is left there, the first one settles', async () => {
  nodes['lb-a'].leaving = [0, 2, 1, 0, 1];
  // Who had not heard where the addresses are came meanwhile.
  nodes['lb-a'].sessions = [true, true, false];
  const { code, out } = await aorta('failover', ...both, '--deadline', '1m', '--reason', 'new kernel');
  expect(asked).toEqual([
    `lb-b take main, ${address} from 10.20.0.2 for 90 s`,
    expect.stringMatching(/^lb-a give main, by .*: new kernel$/),
    'lb-a retire main',
    'lb-a has 2 leaving',
    'lb-a has 1 leaving',
    'lb-a retire main',
    'lb-a has 1 leaving',
    'lb-a retire main',
    'lb-b settle',
  ]);
  expect(code).toBe(0);
  expect(out).toContain('lb-a gave them up within 21 ms');
  expect(out.endsWith(`done: lb-b holds ${address}, lb-a stands by\n`)).toBe(true);
});

test('connections that outlast the deadline are said', async () => {
  nodes['lb-a'].leaving = Array.from({ length: 20 }, () => 1);
  const { code, out } = await aorta('failover', ...both, '--deadline', '1s');
  expect(code).toBe(1);
  expect(out).toContain(`moved: lb-b holds ${address}; some connections to lb-a were still open`);
  expect(asked.at(-1)).toBe('lb-b settle');
});

test('to where they are already, nothing is done', async () => {
  const { code, out } = await aorta('failover', '--to', 'lb-a', ...both);
  expect({ code, out }).toEqual({ code: 0, out: 'nothing to do: the addresses are there already\n' });
  expect(asked).toEqual([]);
});

test.each<[string, () => void, string]>([
  [
    'says that something is wrong',
    () => {
      nodes['lb-b'].conditions = ['keepalived does not run: nobody moves the addresses.'];
    },
    'lb-b: keepalived does not run',
  ],
  [
    'has another declaration',
    () => {
      nodes['lb-b'].estate.digest = 'e'.repeat(64);
    },
    'lb-a and lb-b serve different declarations',
  ],
  [
    'has no healthy server',
    () => {
      nodes['lb-b'].services = 'down';
    },
    'live-apis and live-apps are down on lb-b, and not on lb-a',
  ],
])('no address moves to a node that %s', async (_what, spoil, words) => {
  spoil();
  const { code, err } = await aorta('failover', ...both);
  expect(code).toBe(1);
  expect(err).toContain(words);
  expect(err).toContain('no address was moved');
  expect(asked).toEqual([]);
});

test('when nothing is given, nothing is sent on any more', async () => {
  nodes['lb-a'].onGiven = () => {
    throw new Failure('addresses-failed', 'keepalived does not', 'mend');
  };
  const { code, err } = await aorta('failover', ...both);
  expect(code).toBe(1);
  expect(err).toContain('addresses-failed');
  expect(asked.at(-1)).toBe('lb-b settle');
});

test('addresses that nobody took are said to be back', async () => {
  nodes['lb-a'].onGiven = () => {
    nodes['lb-a'].holds = ['main'];
  };
  const { code, err } = await aorta('failover', ...both);
  expect(code).toBe(1);
  expect(err).toContain(`lb-b did not take ${address}`);
  expect(asked.at(-1)).toBe('lb-b settle');
}, 30_000);

test.each([
  [['failover'], 'name all of them with --node'],
  [['failover', '--node', 'lb-a'], 'between nodes'],
  [['failover', '--home', '--to', 'lb-a', ...both], '--home says where each group goes'],
  [['failover', '--group', 'mian', ...both], 'there is no group of addresses mian; use one of: main'],
  [['failover', '--to', 'lb-c', ...both], 'lb-c is none of lb-a and lb-b'],
  [['rehearse', '--node', 'lb-a'], 'between nodes'],
  [['rehearse', '--to', 'lb-a', ...both], 'nothing to rehearse'],
])('%j is refused', async (words, message) => {
  const { code, err } = await aorta(...words);
  expect(code).toBe(2);
  expect(err).toContain(message);
  expect(asked).toEqual([]);
});

test('a rehearsal from where nobody answers moves nothing', async () => {
  const { code, err } = await aorta('rehearse', ...both);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('before anything was moved') });
  expect(err).toContain('before anything was moved');
  expect(asked).toEqual([]);
}, 30_000);

test('a rehearsal moves there and back, and both nodes keep what it found', async () => {
  const server = createServer((_request, response) => response.end('ok'));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(8080, address);
  await once(server, 'listening');
  const [a, b] = [nodes['lb-a'], nodes['lb-b']];
  a.port = 8080;
  b.port = 8080;
  b.onGiven = () => {
    a.holds = ['main'];
  };
  const { code, out } = await aorta('rehearse', ...both, '--json');
  expect(code, out).toBe(0);
  const { sent, longestGap } = JSON.parse(out) as { sent: number; longestGap: number };
  expect(sent).toBeGreaterThan(20);
  const found = { author: expect.any(String), moves: 2, sent, failed: 0, longestGap };
  expect([a.rehearsed, b.rehearsed]).toEqual([[found], [found]]);
  expect(asked.filter((one) => one.includes('give'))).toHaveLength(2);
}, 60_000);
/** Three nodes, each with a group of its own. */
function threeNodes(): void {
  for (const name of names) {
    const node = nodes[name];
    node.pair = names;
    node.groups = ['g-a', 'g-b', 'g-c'];
    node.prefers = { 'g-a': 'lb-a', 'g-b': 'lb-b', 'g-c': 'lb-c' };
    node.holds = [`g-${name.slice(-1)}`];
  }
  for (const name of names) {
    nodes[name].onGiven = (groups) => {
      // Whoever was asked last to take is the one.
      const taker = asked.findLast((one) => one.includes(' take '))?.slice(0, 4) as NodeName;
      nodes[taker].holds.push(...groups);
    };
  }
}
const all = names.flatMap((name) => ['--node', name]);
const steps = () => asked.map((one) => one.replace(/, .*/, ''));

test('of three nodes, one gives its own group to the next, and has it back', async () => {
  threeNodes();
  const there = await aorta('failover', ...all, '--from', 'lb-b', '--reason', 'new kernel');
  expect(there.out).toContain('moving g-b from lb-b to lb-a');
  expect(there.out).toContain('lb-b leaves g-b to the others until `aorta failover --home`');
  expect(there.code).toBe(0);
  expect(steps()).toEqual([
    ...['lb-a take g-b', 'lb-b give g-b', 'lb-b retire g-b', 'lb-b retire g-b', 'lb-a settle'],
  ]);
  asked.length = 0;
  expect((await aorta('failover', ...all, '--home')).code).toBe(0);
  // Until it is back, lb-b is wanted less than lb-c, which is asked to let it go first.
  expect(steps()).toEqual([
    ...['lb-c make way for g-b', 'lb-b take g-b', 'lb-a give g-b', 'lb-c settle'],
    ...['lb-a retire g-b', 'lb-a retire g-b', 'lb-b settle', 'lb-c settle'],
  ]);
  expect(nodes['lb-b'].holds).toEqual(['g-b']);
  asked.length = 0;
  expect((await aorta('failover', ...all, '--home')).out).toContain('nothing to do');
});

test('where to is said: who would come before makes way', async () => {
  threeNodes();
  const { out } = await aorta('failover', ...all, '--group', 'g-a', '--to', 'lb-c');
  expect(out).toContain('lb-b makes way');
  expect(steps().slice(0, 3)).toEqual(['lb-b make way for g-a', 'lb-c take g-a', 'lb-a give g-a']);
  expect(nodes['lb-c'].holds).toEqual(['g-c', 'g-a']);
});

test('a node that had to take a group that it was to leave alone is told that it may keep it', async () => {
  threeNodes();
  nodes['lb-a'].away = ['g-a'];
  const { out, code } = await aorta('failover', ...all, '--home');
  expect({ code, asked }).toEqual({ code: 0, asked: ['lb-a take g-a, undefined from nobody'] });
  expect(out).toContain('lb-a keeps g-a');
});

test('a node without its gateway is passed over, and refused when it was named', async () => {
  threeNodes();
  nodes['lb-a'].lostGateway = true;
  const { code, err } = await aorta('failover', ...all, '--from', 'lb-b', '--to', 'lb-a');
  expect({ code, asked }).toEqual({ code: 1, asked: [] });
  expect(err).toContain('lb-c would take g-b before lb-a, also when it makes way; no address was moved');
  expect((await aorta('failover', ...all, '--from', 'lb-b')).out).toContain('moving g-b from lb-b to lb-c');
});

test('what would move is not guessed where several nodes hold addresses', async () => {
  threeNodes();
  const { code, err } = await aorta('failover', ...all);
  expect({ code, asked }).toEqual({ code: 2, asked: [] });
  expect(err).toContain('lb-a, lb-b and lb-c hold addresses; say with --from');
});

test('a silent node matters when it could come before, and a node that is not named is told of', async () => {
  threeNodes();
  await served[1]?.close();
  // lb-a gives; lb-c is to take, and lb-b would come before it.
  const refused = await aorta('failover', ...all, '--from', 'lb-a', '--to', 'lb-c');
  expect(refused.err).toContain('if it runs, it takes g-a before lb-c; no address was moved');
  expect(refused.err).toContain('leave it out of the command');
  expect(asked).toEqual([]);
  const without = ['--node', 'lb-a', '--node', 'lb-c'];
  const { code, err } = await aorta('failover', ...without, '--from', 'lb-a');
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('lb-b was not named') });
  asked.length = 0;
  // lb-c prefers its group and so comes before everybody.
  nodes['lb-a'].holds.push('g-c');
  nodes['lb-c'].holds = [];
  expect((await aorta('failover', ...all, '--group', 'g-c', '--home')).code).toBe(0);
});
