import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Controller } from '../../src/contract/controller.ts';
import type { RehearsedRequest } from '../../src/contract/operations.ts';
import { Failure } from '../../src/kernel/failure.ts';
import type { Address, Port } from '../../src/model/address.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Name } from '../../src/model/name.ts';
import type { ServiceState, Status } from '../../src/model/status.ts';
import { commandLine } from '../harness/command-line.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { type ServedNode, serveNode } from '../harness/served-node.ts';
import { SimulatedEstate } from '../harness/simulated-estate.ts';

/** Guards the order in which two nodes are asked when addresses move, and that none moves to where it would not be served. */
const names = ['lb-a', 'lb-b'] as const;
type NodeName = (typeof names)[number];
/** Where nobody listens. */
const address = loopbackAddress() as Address;

const endpoints = Object.fromEntries(
  names.map((name) => [name, { host: loopbackAddress(), port: 7443 } as Endpoint]),
) as Record<NodeName, Endpoint>;

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
  holds = false;
  conditions: string[] = [];
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
  onGiven: () => void = () => undefined;

  constructor(name: NodeName, asked: string[]) {
    this.#name = name;
    this.#asked = asked;
  }

  readonly controller: Partial<Controller> = {
    ...this.estate.controller,
    status: async () => this.#status(),
    take: async ({ routes, limit }) => {
      const [route] = routes;
      this.#asked.push(
        `${this.#name} take ${route?.addresses.join()} from ${route?.owner.join()} for ${limit / 1000} s`,
      );
    },
    give: async ({ author, reason }) => {
      this.#asked.push(`${this.#name} give, by ${author}: ${reason}`);
      this.holds = false;
      this.onGiven();
      return { addresses: [address], took: 21 };
    },
    retire: async () => {
      this.#asked.push(`${this.#name} retire`);
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
        reachedAt: [(this.#name === 'lb-a' ? '10.20.0.2' : '10.20.0.3') as Address],
        groups: [
          {
            name: 'main' as Name,
            state: this.holds ? 'master' : 'backup',
            preferred: false,
            addresses: [{ address, held: this.holds }],
          },
        ],
      },
    };
  }
}

let asked: string[];
let nodes: Record<NodeName, SimulatedNode>;
let served: ServedNode[];
beforeEach(async () => {
  asked = [];
  nodes = { 'lb-a': new SimulatedNode('lb-a', asked), 'lb-b': new SimulatedNode('lb-b', asked) };
  nodes['lb-a'].holds = true;
  nodes['lb-a'].onGiven = () => {
    nodes['lb-b'].holds = true;
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
    `lb-b take ${address} from 10.20.0.2 for 90 s`,
    expect.stringMatching(/^lb-a give, by .*: new kernel$/),
    'lb-a retire',
    'lb-a has 2 leaving',
    'lb-a has 1 leaving',
    'lb-a retire',
    'lb-a has 1 leaving',
    'lb-a retire',
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
  expect({ code, out }).toEqual({ code: 0, out: 'nothing to do: lb-b holds no address\n' });
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
    throw new Failure('addresses-preferred', 'they would come back', 'mend');
  };
  const { code, err } = await aorta('failover', ...both);
  expect(code).toBe(2);
  expect(err).toContain('addresses-preferred');
  expect(asked.at(-1)).toBe('lb-b settle');
});

test('addresses that nobody took are said to be back', async () => {
  nodes['lb-a'].onGiven = () => {
    nodes['lb-a'].holds = true;
  };
  const { code, err } = await aorta('failover', ...both);
  expect(code).toBe(1);
  expect(err).toContain(`lb-b did not take ${address}`);
  expect(asked.at(-1)).toBe('lb-b settle');
}, 30_000);

test.each([
  [['failover'], 'name both with --node'],
  [['failover', '--node', 'lb-a'], 'between two nodes'],
  [['failover', '--to', 'lb-c', ...both], 'lb-c is none of lb-a and lb-b'],
  [['rehearse', '--node', 'lb-a'], 'between two nodes'],
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
    a.holds = true;
  };
  const { code, out } = await aorta('rehearse', ...both, '--json');
  expect(code, out).toBe(0);
  const { sent, longestGap } = JSON.parse(out) as { sent: number; longestGap: number };
  expect(sent).toBeGreaterThan(20);
  const found = { author: expect.any(String), moves: 2, sent, failed: 0, longestGap };
  expect([a.rehearsed, b.rehearsed]).toEqual([[found], [found]]);
  expect(asked.filter((one) => one.includes('give'))).toHaveLength(2);
}, 60_000);
