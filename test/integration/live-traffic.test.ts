import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { OneServersCounters, ServerCounters } from '../../src/dataplane/counters-port.ts';
import type { Row } from '../../src/dataplane/haproxy/cells.ts';
import { readStatistics, servers as serverRows } from '../../src/dataplane/haproxy/show-stat.ts';
import { detection, watchedPool } from '../../src/health/counters-fixture.ts';
import type { Opinion } from '../../src/health/opinion.ts';
import { OutlierDetector } from '../../src/health/outlier-detector.ts';
import { RetryBudget } from '../../src/health/retry-budget.ts';
import type { SlowServer } from '../../src/health/slow-servers.ts';
import type { ConfiguredPool } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import { configuration, httpCheck, httpListener, port, server, service } from '../golden/configurations.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import type { UpstreamOptions } from '../harness/upstream.ts';
import { createRuntimeRig, type RuntimeRig, upstream } from './runtime-rig.ts';

type Answer = NonNullable<UpstreamOptions['answer']>;
type Method = 'GET' | 'POST';

const quick = httpCheck('/', { interval: duration('500ms'), fastInterval: duration('250ms') });
const well: Answer = (question, response) => {
  question.resume().on('end', () => response.end('{}'));
};

/** Counters as the data plane reads them. */
function counted(row: Row): OneServersCounters {
  const count = (column: string) => Number(row.get(column) ?? 0);
  const responseTime = row.get('rtime');
  return {
    backend: row.get('pxname') ?? '',
    server: row.get('svname') ?? '',
    requests: count('stot'),
    answers: count('req_tot'),
    answers4xx: count('hrsp_4xx'),
    answers5xx: count('hrsp_5xx'),
    connectErrors: count('econ'),
    responseErrors: count('eresp'),
    cutAnswers: count('srv_abrt'),
    abandoned: count('cli_abrt'),
    retries: count('wretr'),
    redispatches: count('wredis'),
    ...(responseTime === undefined ? {} : { responseTime: Number(responseTime) }),
    sessions: count('scur'),
    queued: count('qcur'),
  };
}

interface Seen {
  opinions: readonly Opinion[];
  weights: readonly SlowServer[];
  retriesAllowed: boolean;
  last?: ServerCounters;
}

/** Asks once a second, says what it thinks, and lets HAProxy know. */
function watch(rig: RuntimeRig, servers: readonly string[], advises: boolean): Seen {
  const [detector, budget] = [new OutlierDetector(), new RetryBudget()];
  const seen: Seen = { opinions: [], weights: [], retriesAllowed: true };
  let running = true;
  const loop = (async () => {
    while (running) {
      const rows = readStatistics(await rig.say('show', 'stat', '-1', serverRows, '-1')) ?? [];
      const sample: ServerCounters = {
        at: Date.now(),
        workerPid: 1,
        servers: rows.map(counted).filter(({ backend }) => backend === 'live.servers'),
      };
      const isUp = (name: string) =>
        rows.some((row) => row.get('svname') === name && row.get('status')?.startsWith('UP') === true);
      const { opinions, weights } = detector.judge(sample, [
        watchedPool(servers, servers.filter(isUp), detection),
      ]);
      const [verdict] = budget.judge(sample, [{ backend: 'live.servers', budget: 20 }]);
      Object.assign(seen, { opinions, weights, retriesAllowed: verdict?.allowed ?? true, last: sample });
      if (advises)
        for (const { server: name } of opinions)
          await rig.say('set', 'server', `live.servers/${name}`, 'health', 'down');
      await pause(1_000);
    }
  })();
  onTestFinished(async () => {
    running = false;
    await loop;
  });
  return seen;
}

/** Sends so many requests a second until the test ends. */
function load(at: string, method: Method, perSecond: number): Map<string, number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const results = new Map<string, number>();
  const one = () => {
    const body = method === 'POST' ? '{}' : undefined;
    const headers = body === undefined ? {} : { 'content-length': body.length };
    const count = (what: string) => results.set(what, (results.get(what) ?? 0) + 1);
    const question = request({ host: at, port: 80, path: '/x', method, agent, headers }, (response) => {
      response.resume().once('end', () => count(String(response.statusCode)));
      response.once('error', () => count('cut'));
    });
    question.once('error', () => count('reset'));
    question.end(body);
  };
  const timer = setInterval(one, 1_000 / perSecond);
  onTestFinished(() => {
    clearInterval(timer);
    agent.destroy();
  });
  return results;
}

async function serve(first: Answer, others: Answer = well, pool: Partial<ConfiguredPool> = {}) {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [a, b, c] = [
    await upstream({ answer: first }),
    await upstream({ answer: others }),
    await upstream({ answer: others }),
  ];
  await rig.bring(
    configuration([
      service('live', [httpListener(at, 80)], {
        servers: [
          server('a', a.address, a.port),
          server('b', b.address, b.port),
          server('c', c.address, c.port),
        ],
        healthCheck: quick,
        balance: 'roundrobin',
        retry: {
          attempts: 3,
          safeMethodsOn: ['empty-response', '503'],
          budget: 20,
          unansweredWrites: 'report',
        },
        ...pool,
      }),
    ]),
  );
  return { rig, at, a };
}

const names = ['a', 'b', 'c'];
const status =
  (code: number): Answer =>
  (question, response) => {
    question.resume().on('end', () => {
      response.statusCode = code;
      response.end('{}');
    });
  };
const reset: Answer = (question) => {
  question.resume().on('end', () => question.socket.resetAndDestroy());
};
const closed: Answer = (question) => {
  question.resume().on('end', () => question.socket.end());
};
const cutOff: Answer = (question, response) => {
  question.resume().on('end', () => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('{');
    setTimeout(() => question.socket.destroy(), 5);
  });
};

test.each<[string, Method, Answer]>([
  ['503 that retries hide', 'GET', status(503)],
  ['503', 'POST', status(503)],
  ['resets that retries hide', 'GET', reset],
  ['resets', 'POST', reset],
  ['connections that end, and retries hide it', 'GET', closed],
  ['connections that end', 'POST', closed],
  ['answers that are cut off', 'GET', cutOff],
])('a server is taken out for what only its traffic shows: %s to %s', async (_, method, broken) => {
  const { rig, at, a } = await serve(broken);
  const seen = watch(rig, names, true);
  load(at, method, 60);
  await until('the opinion', () => (seen.opinions.length > 0 ? true : undefined), 8_000);
  expect(seen.opinions.map(({ server: name }) => name)).toEqual(['a']);
  const before = a.requests.length;
  const since = seen.last?.at ?? 0;
  await until('four seconds more', () => ((seen.last?.at ?? 0) > since + 4_000 ? true : undefined));
  // Those that were under way when it was told.
  expect(a.requests.length - before).toBeLessThanOrEqual(5);
  expect(a.checks.length).toBeGreaterThan(4);
});

test.each<[string, Answer, Answer]>([
  ['all answer 500', status(500), status(500)],
  ['one answers 404', status(404), well],
])('nothing is said when %s', async (_, first, others) => {
  const { rig, at } = await serve(first, others);
  const seen = watch(rig, names, true);
  load(at, 'GET', 60);
  const since = await until('a sample', () => seen.last?.at);
  await until('five seconds', () => ((seen.last?.at ?? 0) > since + 5_000 ? true : undefined));
  expect(seen.opinions).toEqual([]);
});

test('a slow server gets less, and never is taken out', async () => {
  const slow: Answer = (question, response) => {
    question.resume().on('end', () => setTimeout(() => response.end('{}'), 400));
  };
  const { rig, at } = await serve(slow);
  const seen = watch(rig, names, true);
  load(at, 'GET', 60);
  await until('the wish', () => (seen.weights.length > 0 ? true : undefined), 40_000);
  expect(seen.weights).toMatchObject([{ server: 'a', percent: 25 }]);
  expect(seen.weights[0]?.because).toMatch(/^it takes 4\d\d ms for an answer, its siblings \d{1,2} ms$/);
  expect(seen.opinions).toEqual([]);
}, 60_000);

test('a pool whose servers all fail spends its retries; failed connections cost nothing', async () => {
  const { rig, at } = await serve(status(503), status(503));
  const seen = watch(rig, names, false);
  load(at, 'GET', 60);
  await until('the end of the budget', () => (seen.retriesAllowed ? undefined : true), 10_000);

  const other = await createRuntimeRig();
  const there = loopbackAddress();
  // Both pass their checks, and at the port of the second nobody listens.
  const one = await upstream();
  await upstream({ address: one.address, port: 8_001 });
  const { address: nobody } = await upstream({ port: 8_001 });
  await other.bring(
    configuration([
      service('live', [httpListener(there, 80)], {
        servers: [server('a', one.address, one.port), server('b', nobody, 8_000)],
        balance: 'roundrobin',
        healthCheck: { ...quick, port: port(8_001) },
      }),
    ]),
  );
  const refused = watch(other, ['a', 'b'], false);
  const results = load(there, 'GET', 100);
  const counters = await until('a hundred redispatches', () =>
    refused.last?.servers.find(({ redispatches }) => redispatches > 100),
  );
  expect(counters.server).toBe('b');
  expect(refused.retriesAllowed).toBe(true);
  expect([...results.keys()]).toEqual(['200']);
}, 30_000);
