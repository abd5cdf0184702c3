import { expect, test } from 'vitest';
import type { HaproxyIr } from '../../src/ir/haproxy.ts';
import type { Configuration, ConfiguredServer } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import type { Intent, IntentWish } from '../../src/model/intent.ts';
import type { RuntimeServer } from '../../src/model/runtime-state.ts';
import type { RuntimeOperation } from '../../src/plan/operation.ts';
import { configuration, httpCheck, httpListener, server, service } from '../golden/configurations.ts';
import { ask } from '../harness/ask.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import type { Upstream } from '../harness/upstream.ts';
import { compiledServer, createRuntimeRig, intent, type RuntimeRig, upstream } from './runtime-rig.ts';

const slow = {
  interval: duration('60s'),
  fastInterval: duration('60s'),
  downInterval: duration('60s'),
  rise: 1,
};
const quick = {
  interval: duration('100ms'),
  fastInterval: duration('100ms'),
  downInterval: duration('100ms'),
};

interface Estate {
  readonly rig: RuntimeRig;
  readonly one: Upstream;
  readonly two: Upstream;
  /** `answer` makes two configurations differ in nothing that concerns a server. */
  readonly wanted: (answer: number, one?: Partial<ConfiguredServer>) => Configuration;
  /** How 20 requests are shared by the two. */
  readonly share: () => Promise<[number, number]>;
  readonly state: (name: string) => Promise<RuntimeServer | undefined>;
}

async function estate(rhythm: object = slow): Promise<Estate> {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [one, two] = [await upstream(), await upstream()];
  return {
    rig,
    one,
    two,
    wanted(answer, rest = {}) {
      const servers = [server('api-1', one.address, one.port, rest), server('api-2', two.address, two.port)];
      const healthCheck = httpCheck('/health', rhythm);
      const live = service('live', [httpListener(at, 80)], { servers, healthCheck, balance: 'roundrobin' });
      return configuration([{ ...live, maxConnections: answer }]);
    },
    async share() {
      const before = [one.requests.length, two.requests.length] as const;
      for (let turn = 0; turn < 20; turn += 1) expect((await ask(at, 80, '/')).status).toBe(200);
      return [one.requests.length - before[0], two.requests.length - before[1]];
    },
    async state(name) {
      return (await rig.dataPlane.runtimeState())?.servers.find((found) => found.name === name);
    },
  };
}

function setAdmin(ir: HaproxyIr): RuntimeOperation[] {
  const { backend, server: one } = compiledServer(ir, 'api-1');
  const { admin, weight } = one;
  return [{ kind: 'set-server-admin', backend: backend.name, server: 'api-1', admin, weight }];
}

function wish(...wishes: IntentWish[]): Intent[] {
  return wishes.map((one) => intent('api-1', one));
}

const outcomes: [what: string, Intent[], [number, number]][] = [
  ['drained', wish({ kind: 'drain' }), [0, 20]],
  ['put in maintenance', wish({ kind: 'maintenance' }), [0, 20]],
  ['given a weight', wish({ kind: 'weight', weight: 25 }), [4, 16]],
];

test.each(outcomes)(
  'a server that is %s without a reload stays so over the next one, and comes back',
  async (_, intents, share) => {
    const { rig, wanted, share: shares } = await estate();
    await rig.bring(wanted(100));
    await rig.change(wanted(100), intents, setAdmin);
    expect(await shares()).toEqual(share);
    await rig.bring(wanted(101), intents);
    expect(await shares()).toEqual(share);
    await rig.bring(wanted(102), intents);
    expect(await shares()).toEqual(share);
    // Enabled without a reload, then one.
    await rig.change(wanted(102), [], setAdmin);
    expect(await shares()).toEqual([10, 10]);
    await rig.bring(wanted(103));
    expect(await shares()).toEqual([10, 10]);
  },
);

test.each(outcomes)(
  'a server that is %s by a reload is so at once, and back with another',
  async (_, intents, share) => {
    const { rig, wanted, share: shares } = await estate();
    await rig.bring(wanted(100));
    await rig.bring(wanted(100), intents);
    expect(await shares()).toEqual(share);
    await rig.bring(wanted(100));
    expect(await shares()).toEqual([10, 10]);
  },
);

test.each([
  ['drained', ['state', 'drain'], [0, 20]],
  ['put in maintenance', ['state', 'maint'], [0, 20]],
  ['given weight 0', ['weight', '0'], [0, 20]],
  ['given a weight', ['weight', '25'], [4, 16]],
] as const)(
  'a server that somebody %s by hand stays so over a reload for something else',
  async (_, words, share) => {
    const { rig, wanted, share: shares } = await estate();
    // Brought to its weight without a reload, so that HAProxy knows another than the file.
    await rig.bring(wanted(100, { weight: 50 }));
    await rig.change(wanted(100), [], setAdmin);
    await rig.say('set', 'server', 'live.servers/api-1', ...words);
    expect(await shares()).toEqual(share);
    await rig.bring(wanted(101));
    expect(await shares()).toEqual(share);
  },
);

test('the file wins over what was done by hand where it changes', async () => {
  const { rig, wanted, share } = await estate();
  await rig.bring(wanted(100));
  await rig.say('set', 'server', 'live.servers/api-1', 'weight', '0');
  await rig.bring(wanted(100, { weight: 25 }));
  expect(await share()).toEqual([4, 16]);
});

test('health is kept: a server that is down gets nothing after a reload, drained or not', async () => {
  const { rig, one, wanted, share, state } = await estate(quick);
  await rig.bring(wanted(100));
  await one.close();
  await until('it is down', async () => ((await state('api-1'))?.operational === 'down' ? true : undefined));
  await rig.bring(wanted(101, { weight: 50 }));
  expect((await state('api-1'))?.operational).toBe('down');
  expect(await share()).toEqual([0, 20]);
});

test('a server that was added without a reload keeps its health over one', async () => {
  const { rig, two, wanted, share, state } = await estate(quick);
  const all = wanted(100);
  const services = all.virtualServices.map((one) => ({
    ...one,
    pool: { ...one.pool, servers: one.pool.servers.slice(0, 1) },
  }));
  await rig.bring({ ...all, virtualServices: services });
  await rig.change(all, [], (ir) => [{ kind: 'add-server', ...compiledServer(ir, 'api-2') }]);
  expect(await share()).toEqual([10, 10]);
  await two.close();
  await until('it is down', async () => ((await state('api-2'))?.operational === 'down' ? true : undefined));
  const since = (await state('api-2'))?.since ?? 0;
  await rig.bring(wanted(101));
  const after = await state('api-2');
  expect(after?.operational).toBe('down');
  expect(Math.abs((after?.since ?? 0) - since)).toBeLessThan(2_000);
  expect(await share()).toEqual([20, 0]);
});

test('the weight that was given is shown', async () => {
  const { rig, wanted, state } = await estate();
  await rig.bring(wanted(100), wish({ kind: 'weight', weight: 25 }));
  expect(await state('api-1')).toMatchObject({ weight: 25, admin: 'ready' });
  await rig.bring(wanted(100), wish({ kind: 'maintenance' }));
  await rig.change(wanted(100), [], setAdmin);
  // HAProxy remembers that the file disabled it, which is no maintenance.
  expect(await state('api-1')).toMatchObject({ weight: 100, admin: 'ready' });
});
