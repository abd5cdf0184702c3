import { expect, test } from 'vitest';
import type { ProbeResult } from '../dataplane/probe-port.ts';
import type { BackendIr, HaproxyIr, ServerIr } from '../ir/haproxy.ts';
import type { Clock } from '../kernel/clock.ts';
import { examineServers } from './examine-servers.ts';

function backend(name: string, count: number, checkTimeout = 2_000): BackendIr {
  const rhythm = { interval: 2_000, fastInterval: 500, downInterval: 1_000, fall: 2, rise: 10 };
  const servers = Array.from(
    { length: count },
    (_, index): ServerIr => ({
      name: `api-${index + 1}`,
      origin: [name, `api-${index + 1}`],
      address: `10.0.${index >> 8}.${index & 255}`,
      port: 80,
      weight: 100,
      admin: 'ready',
    }),
  );
  return {
    name,
    origin: [name],
    balance: 'leastconn',
    persistence: { kind: 'none' },
    check: { kind: 'tcp', ...rhythm },
    retry: { attempts: 0, safeMethodsOn: [] },
    timeouts: {
      connect: 1_000,
      server: 1_000,
      queue: 1_000,
      tunnel: 1_000,
      check: checkTimeout,
      body: 60_000,
    },
    reuse: { keepAtLeast: 64, idle: 1_000 },
    servers,
  };
}

function ir(...backends: readonly BackendIr[]): { ir: HaproxyIr } {
  const runtime = {
    adminSocket: '/a',
    identitySocket: '/i',
    peersSocket: '/p',
    hopSocket: '/h',
    serverStateFile: '/s',
  };
  return {
    ir: {
      global: { maxConnections: 10, hopConnections: 100, hopBody: 30_000, hardStopAfter: 1, runtime },
      frontends: [],
      backends,
      watches: [],
      files: [],
    },
  };
}

/** Time that passes only when somebody waits for a server; and servers that use all the time they are given. */
class SlowNetwork {
  tried: string[] = [];
  longest = 0;
  atOnce = 0;
  #now = 1_000_000;
  readonly #result: ProbeResult;
  #waiting: { at: number; wake: () => void }[] = [];

  constructor(result: ProbeResult = { kind: 'failed', what: 'it is silent' }) {
    this.#result = result;
  }

  readonly clock: Clock = { now: () => this.#now, sleep: () => Promise.reject(new Error('nobody sleeps')) };

  async probe(server: { readonly address: string }, limit: number): Promise<ProbeResult> {
    this.tried.push(server.address);
    this.longest = Math.max(this.longest, limit);
    await new Promise<void>((wake) => {
      this.#waiting.push({ at: this.#now + limit, wake });
      this.atOnce = Math.max(this.atOnce, this.#waiting.length);
      if (this.#waiting.length === 1) setImmediate(() => this.#advance());
    });
    return this.#result;
  }

  #advance(): void {
    const now = Math.min(...this.#waiting.map(({ at }) => at));
    this.#now = now;
    const due = this.#waiting.filter(({ at }) => at <= now);
    this.#waiting = this.#waiting.filter(({ at }) => at > now);
    for (const { wake } of due) wake();
    if (this.#waiting.length > 0) setImmediate(() => this.#advance());
  }
}

test('thousands of silent servers take fifteen seconds, not minutes, and what was not tried is said and no error', async () => {
  const network = new SlowNetwork();
  const pools = Array.from({ length: 5_000 }, (_, index) => backend(`pool-${index}`, 4));
  const begun = network.clock.now();
  const found = await examineServers(ir(), ir(...pools), network, network.clock);
  expect(network.clock.now() - begun).toBe(15_000);
  expect(network.atOnce).toBe(32);
  // 32 at a time for 2 s each, and those that were cut short by the end do not count.
  expect(network.tried).toHaveLength(8 * 32);
  expect(found.filter(({ code }) => code === 'pool-unreachable')).toEqual([]);
  expect(found.filter(({ what }) => what.includes('could not be found out'))).toHaveLength(5_000);
  expect(found.filter(({ what }) => what.includes('it is silent'))).toHaveLength(7 * 32);
});

test('a server that may be slower than anybody waits for is not called down', async () => {
  const network = new SlowNetwork();
  const found = await examineServers(ir(), ir(backend('live', 2, 20_000)), network, network.clock);
  expect(network.longest).toBe(5_000);
  expect(found).toEqual([
    {
      code: 'server-unreachable',
      severity: 'warning',
      path: ['live'],
      what: 'whether its servers can be reached could not be found out in the time that a change may take',
      mend: 'look at the status after the change',
    },
  ]);
});

test('many dead servers of one pool do not keep the others from being tried', async () => {
  const network = new SlowNetwork();
  const found = await examineServers(
    ir(),
    ir(backend('large', 1_000), backend('small', 1)),
    network,
    network.clock,
  );
  expect(found).toContainEqual(
    expect.objectContaining({ code: 'pool-unreachable', severity: 'error', path: ['small'] }),
  );
});

test('of many servers with the same fault a few are named', async () => {
  const network = new SlowNetwork();
  const [found] = await examineServers(ir(), ir(backend('large', 40)), network, network.clock);
  expect(found?.what).toBe(
    'no server would pass its health check now, so nobody would be served: api-1 (10.0.0.0:80), api-2 (10.0.0.1:80), api-3 (10.0.0.2:80), api-4 (10.0.0.3:80), api-5 (10.0.0.4:80) and 35 more: it is silent',
  );
});
