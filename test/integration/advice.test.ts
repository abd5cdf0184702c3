import { expect, onTestFinished, test } from 'vitest';
import type { Opinion } from '../../src/health/opinion.ts';
import type { DeepCheckSource } from '../../src/health/source.ts';
import { duration } from '../../src/model/duration.ts';
import { ask } from '../harness/ask.ts';
import { CountedLoad } from '../harness/counted-load.ts';
import { until } from '../harness/until.ts';
import { backend, becomes, cheapCheck, createHealthRig, type HealthRig } from './health-rig.ts';

/** A source whose opinions the test decides. */
function opinionated(): DeepCheckSource & { about(...servers: string[]): void } {
  let opinions: Opinion[] = [];
  return {
    about: (...servers) => {
      opinions = servers.map((server) => ({
        backend,
        server,
        source: 'deep-check',
        fault: 'smart',
        because: 'the deep check smart fails: /token_endpoint is missing',
        since: Date.now(),
      }));
    },
    follow: () => undefined,
    opinions: () => opinions,
    rungs: () => [],
    end: async () => undefined,
  };
}

/** How often a server has been asked for something else than its health. */
async function served(rig: HealthRig, index: number): Promise<number> {
  return (await rig.servers[index]?.carriedOut())?.length ?? 0;
}

/** Requests without a pause, by turns reads and writes; every one is counted. */
function load(rig: HealthRig) {
  const running = new CountedLoad({ address: rig.at, port: 80, hostname: rig.at }, 4);
  onTestFinished(async () => {
    await running.stop();
  });
  return {
    async stop() {
      const { GET, POST } = await running.stop();
      return { total: GET.sent + POST.sent, failed: [...GET.failed, ...POST.failed] };
    },
    sofar: () => running.requests.length,
  };
}

/** Looks for so long that HAProxy's own checks would have decided otherwise several times, and gives the states seen. */
async function statesOf(rig: HealthRig, one: string, milliseconds: number): Promise<string[]> {
  const seen: string[] = [];
  const deadline = performance.now() + milliseconds;
  await until(
    'the time has passed',
    async () => {
      const state = await rig.dataPlane.serversIn([backend]);
      const operational = state?.find(({ name }) => name === one)?.operational ?? 'unknown';
      seen.push(operational === 'up' || operational === 'going-down' ? 'up' : 'down');
      return performance.now() > deadline ? true : undefined;
    },
    milliseconds + 10_000,
  );
  return seen;
}

// Guards: a verdict of the controller that outlives it keeps a sound server out for ever.
test('a server with an opinion stays out while the controller lives, and comes back when it is dead', async () => {
  const deepChecks = opinionated();
  const rig = await createHealthRig({}, { deepChecks });
  const traffic = load(rig);
  deepChecks.about('api-1');
  await becomes(rig, 'api-1', 'down');
  expect(rig.watch.report()).toEqual({
    servers: [
      {
        backend,
        server: 'api-1',
        rungs: [],
        advice: {
          health: 'down',
          because: 'the deep check smart fails: /token_endpoint is missing',
          since: expect.any(Number),
        },
      },
    ],
    pools: [],
  });
  const before = await served(rig, 0);
  const seen = await statesOf(rig, 'api-1', 6_000);
  expect(seen.filter((state) => state === 'up')).toEqual([]);
  // A request may have been on its way.
  expect((await served(rig, 0)) - before).toBeLessThan(5);
  await rig.die();
  const back = await becomes(rig, 'api-1', 'up');
  const { total, failed } = await traffic.stop();
  console.log(`controller dead: back after ${back} ms; ${total} requests, ${failed.length} failed`);
  expect(failed).toEqual([]);
}, 60_000);

test('a deep check that every server fails takes none out', async () => {
  const deepChecks = opinionated();
  const rig = await createHealthRig({}, { deepChecks });
  deepChecks.about('api-1');
  await becomes(rig, 'api-1', 'down');
  deepChecks.about('api-1', 'api-2');
  await becomes(rig, 'api-1', 'up');
  expect(await statesOf(rig, 'api-2', 2_000)).not.toContain('down');
  expect(rig.watch.report().pools).toEqual([
    { backend, conditions: [expect.stringContaining('the check is doubted, 2 servers stay in service')] },
  ]);
}, 60_000);

// Guards: a health check that is wrong itself emptied the pool.
test('a pool that every check fails with an answer goes on serving, until the controller dies', async () => {
  const rig = await createHealthRig();
  const traffic = load(rig);
  for (const one of rig.servers) await one.answer({ requests: 200, checks: 503 });
  await until('the check is doubted', () =>
    rig.watch.report().pools.some(({ conditions }) => conditions.join().includes('the check is doubted'))
      ? true
      : undefined,
  );
  const from = traffic.sofar();
  const seen = await statesOf(rig, 'api-1', 5_000);
  const share = seen.filter((state) => state === 'up').length / seen.length;
  const { total, failed } = await traffic.stop();
  console.log(
    `panic: api-1 up ${Math.round(share * 100)} % of the time; ${total} requests, ${failed.length} failed`,
  );
  expect(total - from).toBeGreaterThan(50);
  expect(share).toBeGreaterThan(0.9);
  expect(failed.length / total).toBeLessThan(0.05);
  await rig.die();
  await becomes(rig, 'api-1', 'down');
  await becomes(rig, 'api-2', 'down');
}, 60_000);

test('the doubt ends when the servers fall silent, and when the check passes again', async () => {
  const rig = await createHealthRig();
  for (const one of rig.servers) await one.answer({ requests: 200, checks: 503 });
  const doubted = () => rig.watch.report().pools.length > 0;
  await until('the check is doubted', () => (doubted() ? true : undefined));
  for (const one of rig.servers) one.signal('SIGSTOP');
  await until('it is believed again', () => (doubted() ? undefined : true), 20_000);
  await becomes(rig, 'api-1', 'down');
  for (const one of rig.servers) one.signal('SIGCONT');
  for (const one of rig.servers) await one.answer({ requests: 200, checks: 200 });
  await becomes(rig, 'api-1', 'up', 20_000);
  // Checks that were waiting at the stopped servers may be answered wrongly once more, and be doubted.
  await until('nothing is doubted any more', () => (doubted() ? undefined : true), 20_000);
  expect(await statesOf(rig, 'api-1', 1_000)).not.toContain('down');
  expect(doubted()).toBe(false);
}, 90_000);

test('`refuse` lets HAProxy empty the pool', async () => {
  const rig = await createHealthRig({ whenAllFail: 'refuse' });
  for (const one of rig.servers) await one.answer({ requests: 200, checks: 503 });
  await becomes(rig, 'api-1', 'down');
  await becomes(rig, 'api-2', 'down');
  expect(await statesOf(rig, 'api-1', 2_000)).not.toContain('up');
}, 60_000);

// Guards: one bad endpoint, asked for often, took every server out.
test('errors of live traffic leave part of the pool in service', async () => {
  const rig = await createHealthRig({
    passiveCheck: { errorLimit: 3 },
    retry: { attempts: 0, safeMethodsOn: [], budget: 20, unansweredWrites: 'report' },
    healthCheck: { ...cheapCheck, fastInterval: duration('500ms') },
  });
  for (const one of rig.servers) await one.answer({ requests: 500, checks: 200 });
  const answers: number[] = [];
  for (let n = 0; n < 150; n += 1) {
    const { status } = await ask(rig.at, 80, '/', { headers: { 'x-request-id': `r${n}` } });
    answers.push(status);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const sorry = answers.filter((status) => status === 503).length;
  console.log(`bad endpoint: ${answers.length} requests, ${sorry} got the sorry answer`);
  expect(sorry).toBeLessThan(answers.length / 5);
}, 60_000);
