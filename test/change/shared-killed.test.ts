import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BreakOrder } from '../harness/breakable-controller.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { type NodeName, nodeNames, SharingNodes } from '../harness/sharing-nodes.ts';
import { until } from '../harness/until.ts';

// A change that two nodes share, while a controller is killed at a moment of it, or most of etcd is.

const server = { address: loopbackAddress(), port: 8000, at: [...nodeNames] };
const front = loopbackAddress();
let count = 0;

/** One that differs from every other, so that HAProxy has to be reloaded. */
function next() {
  count += 1;
  return {
    aorta: 'v1',
    site: 'St. Elsewhere',
    virtualServices: {
      thin: {
        listeners: [{ protocol: 'http', address: front, port: 80 }],
        pool: {
          servers: { one: { address: server.address, port: server.port } },
          trustedSegment: 'loopback',
        },
        maxConnections: 100 + count,
      },
    },
  };
}

const text = (declaration: object) => JSON.stringify(declaration, undefined, 1);

let nodes: SharingNodes;
beforeAll(async () => {
  nodes = await SharingNodes.start({ members: 3, servers: [server], declaration: next() });
  await nodes.same();
}, 240_000);
afterAll(() => nodes?.end());

const whole = process.env['AORTA_TEST_WHOLE'] === '1';
const moments: readonly Pick<BreakOrder, 'when' | 'method'>[] = [
  { when: 'before', method: 'stage' },
  { when: 'after', method: 'swap' },
  { when: 'after', method: 'reload' },
  { when: 'before', method: 'commit' },
  { when: 'after', method: 'commit' },
];
/** Without virtual addresses, nodes make a change by name: lb-a, then lb-b. All of them take minutes. */
const cases = moments.flatMap((moment, index) =>
  nodeNames
    .filter((_, which) => whole || which === index % 2)
    .map((victim) => ({ ...moment, victim, name: `${victim}: ${moment.when} ${moment.method}` })),
);

async function answers(name: NodeName): Promise<void> {
  for (let asked = 0; asked < 5; asked += 1) {
    expect(await nodes.room(name).fetch(`http://${front}:80/`)).toBe(200);
  }
}

describe('a controller is killed in the middle', { timeout: 120_000 }, () => {
  test.each(cases)('$name', async ({ victim, when, method }) => {
    const before = await nodes.same();
    const wanted = next();
    await nodes.break(victim, { when, method, action: 'kill' });
    const asked = nodes.apply('lb-a', wanted).then(
      ({ outcome }) => outcome,
      () => 'unknown',
    );
    await nodes.room(victim).controller().ended;
    await answers(victim);
    await nodes.room(victim).resume();
    const after = await nodes.same();
    const outcome = await asked;
    // Whoever was told something was told the truth.
    if (outcome === 'applied') expect(after).toBe(text(wanted));
    else if (outcome === 'unknown') expect([before, text(wanted)]).toContain(after);
    else expect([outcome, after]).toEqual([expect.stringMatching(/^(refused|rolledBack)$/), before]);
    await answers('lb-a');
    await answers('lb-b');
  });

  test('and stays away: the other is back where it was', async () => {
    const before = await nodes.same();
    const wanted = next();
    await nodes.break('lb-b', { when: 'after', method: 'swap', action: 'kill' });
    const { outcome, findings } = await nodes.apply('lb-a', wanted);
    expect(outcome).toBe('rolledBack');
    expect(findings.map(({ what }) => what)).toContain('the controller of lb-b went away');
    expect(await nodes.served('lb-a')).toBe(before);
    await answers('lb-b');
    await nodes.room('lb-b').resume();
    expect(await nodes.same()).toBe(before);
  });
});

describe('members of etcd', { timeout: 120_000 }, () => {
  test('one of three is not missed in the middle of a change', async () => {
    const wanted = next();
    const asked = nodes.apply('lb-a', wanted, { guard: 2_000 });
    await until('a node makes it', async () => {
      const { store } = await nodes.status('lb-b');
      return store?.nodes.some(({ verdict }) => verdict === 'making') ? true : undefined;
    });
    await nodes.etcd.kill(0);
    expect(await asked).toMatchObject({ outcome: 'applied' });
    expect(await nodes.same()).toBe(text(wanted));
    nodes.etcd.start(0);
  });

  test('two of three: refused, nothing touched, traffic goes on; then changes are made again', async () => {
    const before = await nodes.same();
    await nodes.etcd.kill(1);
    await nodes.etcd.kill(2);
    const wanted = next();
    await expect(nodes.apply('lb-b', wanted)).rejects.toMatchObject({ code: 'store-unreachable' });
    for (const name of nodeNames) {
      expect(await nodes.served(name)).toBe(before);
      await answers(name);
    }
    nodes.etcd.startAll();
    await nodes.etcd.answers();
    expect(await nodes.same()).toBe(before);
    expect(await nodes.apply('lb-b', wanted)).toMatchObject({ outcome: 'applied' });
    expect(await nodes.same()).toBe(text(wanted));
  });
});
