import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { ServerNotice } from '../../src/dataplane/port.ts';
import type { Configuration, ConfiguredPool } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import { configuration, httpCheck, httpListener, server, service } from '../golden/configurations.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import type { Upstream } from '../harness/upstream.ts';
import { get } from './dataplane-traffic.ts';
import { createRuntimeRig, type RuntimeRig, upstream } from './runtime-rig.ts';

const backend = 'live.servers';
const rhythm = {
  interval: duration('100ms'),
  fastInterval: duration('100ms'),
  downInterval: duration('100ms'),
  timeout: duration('200ms'),
  rise: 3,
};

function pool(at: string, servers: readonly Upstream[], rest: Partial<ConfiguredPool> = {}): Configuration {
  const places = servers.map(({ address, port }, index) => server(`api-${index + 1}`, address, port));
  const healthCheck = httpCheck('/health', rhythm);
  return configuration([
    service('live', [httpListener(at, 80)], { servers: places, healthCheck, balance: 'roundrobin', ...rest }),
  ]);
}

/** What a follower was told, as `api-1 down Layer7 timeout`. */
function follow({ dataPlane }: RuntimeRig): string[] {
  const told: string[] = [];
  const following = dataPlane.health.follow(({ server: one, health, reason }: ServerNotice) => {
    told.push([one, health, ...(reason === undefined ? [] : [reason])].join(' '));
  });
  onTestFinished(() => following.end());
  return told;
}

const tells = (told: readonly string[], wanted: string, times = 1) =>
  until(`${wanted} is told (told: ${told.join('; ')})`, () =>
    told.filter((one) => one === wanted).length >= times ? true : undefined,
  ).catch(() => {
    throw new Error(`${wanted} was not told ${times} times, but: ${told.join('; ')}`);
  });

async function is(rig: RuntimeRig, one: string, wanted: string): Promise<void> {
  await until(`${one} is ${wanted}`, async () => {
    const state = await rig.dataPlane.runtimeState();
    return state?.servers.find(({ name }) => name === one)?.operational === wanted ? true : undefined;
  });
}

// Guards: after a reload the controller listened to a worker that checks nothing any more.
test('changes are told with their reason, also over a reload and the death of HAProxy', async () => {
  const rig = await createRuntimeRig();
  const told = follow(rig);
  const [one, two] = [await upstream(), await upstream()];
  const wanted = pool(loopbackAddress(), [one, two]);
  await rig.bring(wanted);
  await is(rig, 'api-1', 'up');
  await one.close();
  await tells(told, 'api-1 down Layer4 connection problem');
  // The state that the new worker inherits is no news.
  await rig.bring(pool(loopbackAddress(), [one, two]));
  await two.close();
  await tells(told, 'api-2 down Layer4 connection problem');
  expect(told.filter((line) => line.startsWith('api-1'))).toEqual(['api-1 down Layer4 connection problem']);
  await upstream({ address: two.address });
  await tells(told, 'api-2 up Layer7 check passed');

  await rig.dataPlane.stop(0);
  const started = await rig.dataPlane.start();
  expect(started.ok).toBe(true);
  await is(rig, 'api-1', 'down');
  await is(rig, 'api-2', 'up');
  const told2 = told.length;
  await rig.dataPlane.health.advise(backend, 'api-2', 'down');
  await tells(told, 'api-2 down');
  expect(told.slice(told2)).toEqual(['api-2 down']);
});

test('what changed before anybody followed is told at once', async () => {
  const rig = await createRuntimeRig();
  const [one, two] = [await upstream(), await upstream()];
  await rig.bring(pool(loopbackAddress(), [one, two]));
  await one.close();
  await is(rig, 'api-1', 'down');
  const told = follow(rig);
  await tells(told, 'api-1 down Layer4 connection problem');
  expect(told).toHaveLength(1);
});

// Guards: a controller that listens kept workers of earlier configurations alive.
test('nobody who follows keeps a worker from leaving', async () => {
  const rig = await createRuntimeRig();
  const servers = [await upstream(), await upstream()];
  await rig.bring(pool(loopbackAddress(), servers));
  const told = follow(rig);
  await rig.dataPlane.health.advise(backend, 'api-1', 'down');
  await tells(told, 'api-1 down');
  await rig.bring(pool(loopbackAddress(), servers));
  await until('the old worker has ended', async () => {
    const state = await rig.dataPlane.runtimeState();
    return state?.process.leavingWorkers.length === 0 ? true : undefined;
  });
  expect(told).toEqual(['api-1 down', 'api-1 up Layer7 check passed'].slice(0, told.length));
});

// Guards: advice that outlives the controller would keep a sound server out.
test('advice is felt at once, and HAProxy’s own checks overrule it', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [one, two] = [await upstream(), await upstream()];
  await rig.bring(pool(at, [one, two]));
  const told = follow(rig);
  await is(rig, 'api-1', 'up');
  expect(await rig.dataPlane.health.advise(backend, 'api-1', 'down')).toEqual({ ok: true, value: undefined });
  await tells(told, 'api-1 down');
  const before = one.requests.length;
  expect(await get(`http://${at}/`)).toEqual({ status: 200, body: two.address });
  expect(await get(`http://${at}/`)).toEqual({ status: 200, body: two.address });
  expect(one.requests.length).toBe(before);
  await tells(told, 'api-1 up Layer7 check passed');

  await two.close();
  await tells(told, 'api-2 down Layer4 connection problem');
  await rig.dataPlane.health.advise(backend, 'api-2', 'up');
  await tells(told, 'api-2 up');
  await tells(told, 'api-2 down Layer4 connection problem', 2);
  const unknown = await rig.dataPlane.health.advise(backend, 'api-9', 'down');
  expect(unknown).toMatchObject({ ok: false, error: { what: expect.stringContaining('No such server') } });
});

/** Begins a request that its server never answers. @returns how it ends */
async function hanging(
  at: string,
  one: Upstream,
  how: (number | string)[],
  method: 'GET' | 'POST' = 'POST',
): Promise<void> {
  const before = one.requests.length;
  const sent = request({ host: at, method, path: '/hang', agent: false }, (response) => {
    response.resume();
    how.push(response.statusCode ?? 0);
  });
  sent.once('error', (error) => how.push(error.message));
  sent.end(method === 'POST' ? '{}' : undefined);
  await until('the server has the request', () => (one.requests.length > before ? true : undefined));
}

// Guards: a worker that leaves checks nothing, so what hangs there would wait for the time limit.
test('sessions of a server are ended in every worker, and only those', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const hang = () => upstream({ answer: () => undefined });
  const [one, two] = [await hang(), await hang()];
  const ended: (number | string)[] = [];
  const others: (number | string)[] = [];
  await rig.bring(pool(at, [one]));
  await hanging(at, one, ended);
  await hanging(at, one, ended);
  await rig.bring(pool(at, [one, two]));
  const state = await rig.dataPlane.runtimeState();
  expect(state?.process.leavingWorkers).toHaveLength(1);
  await rig.dataPlane.health.advise(backend, 'api-2', 'down');
  await hanging(at, one, ended);
  await rig.dataPlane.health.advise(backend, 'api-2', 'up');
  await rig.dataPlane.health.advise(backend, 'api-1', 'down');
  await hanging(at, two, others);
  expect((await rig.dataPlane.health.endSessions(backend, 'api-1')).ok).toBe(true);
  await until('those have ended', () => (ended.length === 3 ? true : undefined));
  // HAProxy 2.6 says so to the client; 3.0 just closes the connection (measured).
  expect(ended.filter((end) => end !== 502 && end !== 'socket hang up')).toEqual([]);
  expect(others).toEqual([]);
});

test('a read whose session was ended is tried on another server', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [one, two] = [await upstream({ answer: () => undefined }), await upstream()];
  await rig.bring(pool(at, [one, two]));
  await rig.dataPlane.health.advise(backend, 'api-2', 'down');
  const ended: (number | string)[] = [];
  await hanging(at, one, ended, 'GET');
  await rig.dataPlane.health.advise(backend, 'api-1', 'down');
  await rig.dataPlane.health.advise(backend, 'api-2', 'up');
  expect((await rig.dataPlane.health.endSessions(backend, 'api-1')).ok).toBe(true);
  await until('it has ended', () => (ended.length === 1 ? true : undefined));
  expect(ended).toEqual([200]);
});

test('counters of servers are of the servers that were asked for', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const one = await upstream({
    answer: (message, response) => {
      response.statusCode = Number(message.url?.slice(1));
      response.end();
    },
  });
  await rig.bring(
    pool(at, [one], { retry: { attempts: 0, safeMethodsOn: [], budget: 20, unansweredWrites: 'report' } }),
  );
  const fresh = await rig.dataPlane.health.serverCounters([backend]);
  expect(fresh?.servers).toEqual([expect.objectContaining({ backend, server: 'api-1', requests: 0 })]);
  expect(fresh?.servers[0]).not.toHaveProperty('responseTime');
  for (const status of [200, 404, 404, 500, 503]) await get(`http://${at}/${status}`);
  const counters = await rig.dataPlane.health.serverCounters([backend]);
  expect(counters?.servers).toEqual([
    expect.objectContaining({ requests: 5, answers4xx: 2, answers5xx: 2, connectErrors: 0, sessions: 0 }),
  ]);
  expect(counters?.servers[0]?.responseTime).toBeGreaterThanOrEqual(0);
  expect(await rig.dataPlane.health.serverCounters(['other.servers'])).toBeUndefined();
});

test('retries for other reasons than a failed connection can be forbidden', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [bad, good] = [
    await upstream({
      answer: (_, response) => {
        response.statusCode = 503;
        response.end();
      },
    }),
    await upstream(),
  ];
  await rig.bring(
    pool(at, [bad, good], {
      retry: { attempts: 3, safeMethodsOn: ['503'], budget: 20, unansweredWrites: 'report' },
    }),
  );
  const statuses = async () => {
    const seen: unknown[] = [];
    for (let n = 0; n < 4; n += 1) {
      const answer = await get(`http://${at}/`);
      seen.push('status' in answer ? answer.status : answer.error);
    }
    return seen.sort();
  };
  expect(await statuses()).toEqual([200, 200, 200, 200]);
  expect((await rig.dataPlane.health.allowRetries(backend, false)).ok).toBe(true);
  expect(await statuses()).toEqual([200, 200, 503, 503]);
  expect((await rig.dataPlane.health.allowRetries(backend, true)).ok).toBe(true);
  expect(await statuses()).toEqual([200, 200, 200, 200]);
  await rig.dataPlane.health.allowRetries(backend, false);
  await rig.bring(
    pool(at, [bad, good], {
      retry: { attempts: 2, safeMethodsOn: ['503'], budget: 20, unansweredWrites: 'report' },
    }),
  );
  expect(await statuses()).toEqual([200, 200, 200, 200]);
});

// Guards: nothing about a request may get into the memory that the controller reads.
test('the ring holds nothing about requests', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const one = await upstream({
    answer: (message, response) => {
      if (message.url?.startsWith('/reset')) message.socket.destroy();
      else response.end();
    },
  });
  await rig.bring(pool(at, [one]));
  for (const path of ['/canary', '/reset-canary', '/canary?name=canary']) await get(`http://${at}${path}`);
  await one.close();
  await is(rig, 'api-1', 'down');
  await get(`http://${at}/canary`);
  const shown = await rig.say('show', 'events', 'aorta-events').catch((error: Error) => error.message);
  expect(shown).toContain('Server live.servers/api-1 is DOWN');
  const lines = shown.split('\n').filter((line) => line !== '');
  expect(lines.filter((line) => !/ (Server|backend) live\.servers/.test(line))).toEqual([]);
  expect(shown).not.toMatch(/canary|127\.0\.0\.1/);
});
