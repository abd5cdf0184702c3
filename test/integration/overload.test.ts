import type { RequestListener } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { serverId } from '../../src/ir/server-id.ts';
import type { Configuration, ConfiguredPool, ConfiguredService } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import { render } from '../../src/render/render.ts';
import { configuration, httpListener, network, server, service } from '../golden/configurations.ts';
import { ask } from '../harness/ask.ts';
import { type RunningHaproxy, withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { byStatus, type CountedAnswer, type SourceLoad, startSource } from '../harness/source-load.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream } from '../harness/upstream.ts';

/** Guards: a pool that is asked for more than it can do makes everybody wait, or one client takes it all. */

const answerTime = 100;
/** Of each server. */
const slots = 4;
const queue = 5;
const deadline = 4_000;
/** A loaded machine answers late; a refusal must still come long before the deadline. */
const atOnce = deadline / 2;

interface Slow extends Upstream {
  /** The most requests it had at a time. */
  most(): number;
}

async function slow(answer?: RequestListener): Promise<Slow> {
  let now = 0;
  let most = 0;
  const behind = await startUpstream({
    answer:
      answer ??
      ((_, response) => {
        now += 1;
        most = Math.max(most, now);
        setTimeout(() => {
          now -= 1;
          response.end('done');
        }, answerTime);
      }),
  });
  onTestFinished(() => behind.close());
  return { ...behind, most: () => most };
}

function overloadable(
  at: string,
  behind: readonly Upstream[],
  rest: Partial<Omit<ConfiguredService, 'pool'>> = {},
  pool: Partial<ConfiguredPool> = {},
): Configuration {
  const servers = behind.map(({ address, port }, index) => server(`api-${index + 1}`, address, port));
  const live = service(
    'live',
    [httpListener(at, 80)],
    { servers, serverLimit: { requests: slots, queue }, ...pool },
    { errorAnswers: { retryAfter: duration('7s'), fhirPaths: ['/v1/uscore'] }, ...rest },
  );
  return configuration([{ ...live, timeouts: { ...live.timeouts, queue: duration(`${deadline}ms`) } }]);
}

function run(wanted: Configuration, use: (haproxy: RunningHaproxy) => Promise<void>): Promise<void> {
  return withHaproxy((node) => render(compile(wanted, node)), use);
}

/** Refused at once, told when to come back, and seen by no server; carried out once, if it was answered. */
function expectHonest(answers: readonly CountedAnswer[], behind: readonly Upstream[]): void {
  const seen = behind.flatMap(({ requests }) => requests.map(({ url }) => /id=(.*)$/.exec(url)?.[1] ?? ''));
  expect(new Set(seen).size).toBe(seen.length);
  const arrived = new Set(seen);
  for (const { id, status, milliseconds, retryAfter, body } of answers) {
    if (status === 200) {
      expect(arrived.has(id)).toBe(true);
      continue;
    }
    expect([429, 503]).toContain(status);
    expect(retryAfter).toBe('7');
    expect(milliseconds).toBeLessThan(atOnce);
    expect(JSON.parse(body)).toMatchObject({ retry: 'safe' });
    expect(arrived.has(id)).toBe(false);
  }
}

function passed(load: SourceLoad, wanted: number): Promise<true> {
  const enough = () => (load.answers.length >= wanted ? true : undefined);
  return until(`${wanted} answers`, enough, 30_000);
}

/** Waits until a server has so many more requests. */
function arrived(behind: Upstream | undefined, more: number): Promise<true> {
  const goal = (behind?.requests.length ?? 0) + more;
  const there = () => ((behind?.requests.length ?? 0) >= goal ? true : undefined);
  return until(`${more} more requests at a server`, there, 30_000);
}

const everybody = '127.0.0.0/8';
const versions = ['HTTP/1.1', 'HTTP/2'] as const;

describe.each(versions)('over %s, three times of what the pool can do', (version) => {
  test('is refused to the heavy source, while the light one is served fully', async () => {
    const at = loopbackAddress();
    const behind = [await slow(), await slow()];
    await run(overloadable(at, behind), async (haproxy) => {
      const place = { address: at, port: 80, version, path: '/oauth/token' };
      const began = performance.now();
      const heavy = startSource({ ...place, from: loopbackAddress(), parallel: 6 * slots });
      const light = startSource({ ...place, from: loopbackAddress(), parallel: 1, rest: 20 });
      await passed(light, 20);
      const [few, many] = [await light.end(), await heavy.end()];
      const seconds = (performance.now() - began) / 1_000;

      expect(byStatus(few)).toEqual({ 200: few.length });
      for (const { milliseconds } of few) expect(milliseconds).toBeLessThan(atOnce);
      const counts = byStatus(many);
      expect(counts[429]).toBeGreaterThan(0);
      expectHonest([...few, ...many], behind);
      for (const one of behind) expect(one.most()).toBeLessThanOrEqual(slots);
      // Work goes on: half of what the servers can do at the very least, on a machine that others use too.
      const done = few.length + (counts[200] ?? 0);
      const share = done / (seconds * 2 * slots * (1_000 / answerTime));
      console.log(`${version}: ${JSON.stringify({ light: byStatus(few), heavy: counts, share })}`);
      expect(share).toBeGreaterThan(0.5);
      const lines = await until('the refusals are logged', async () => {
        const found = (await haproxy.logLines()).map((line): unknown => JSON.parse(line));
        // Not every line: HAProxy drops some when thousands come and nobody reads for a moment.
        return found.length >= (few.length + many.length) / 2 ? found : undefined;
      });
      expect(lines).toContainEqual(
        expect.objectContaining({ status: 429, limit: 'fairShare', server: null }),
      );
      expect(lines).toContainEqual(expect.objectContaining({ status: 200, limit: null }));
    });
  }, 60_000);

  test('is refused with 503 to a source that is alone, once the queue is full', async () => {
    const at = loopbackAddress();
    const behind = [await slow(), await slow()];
    await run(overloadable(at, behind), async () => {
      const place = { address: at, port: 80, version };
      const alone = startSource({ ...place, from: loopbackAddress(), parallel: 6 * slots });
      await passed(alone, 300);
      const answers = await alone.end();
      const counts = byStatus(answers);
      expect(Object.keys(counts)).toEqual(['200', '503']);
      expectHonest(answers, behind);
      // The queue is some answers long, so nobody waited for more than that.
      const longest = Math.max(...answers.map(({ milliseconds }) => milliseconds));
      expect(longest).toBeLessThan(deadline);
    });
  }, 60_000);
});

test('a source on the list of exempt networks has no fair share, but waits in the same queue', async () => {
  const at = loopbackAddress();
  const behind = [await slow()];
  const engine = loopbackAddress();
  const limits = { exempt: [network(engine)] };
  await run(overloadable(at, behind, { limits }), async () => {
    const place = { address: at, port: 80 };
    const heavy = startSource({ ...place, from: engine, parallel: 6 * slots });
    const light = startSource({ ...place, from: loopbackAddress(), parallel: 1 });
    await passed(heavy, 200);
    const [few, many] = [await light.end(), await heavy.end()];
    expect(Object.keys(byStatus(many))).toEqual(['200', '503']);
    expectHonest([...few, ...many], behind);
  });
}, 60_000);

test('on FHIR paths the refusals are OperationOutcomes', async () => {
  const at = loopbackAddress();
  const behind = [await slow()];
  const limits = {
    exempt: [],
    perSource: { requests: 1, per: duration('1m'), mode: 'enforce' as const },
  };
  await run(overloadable(at, behind, { limits }), async () => {
    expect((await ask(at, 80, '/v1/uscore/R4/Patient/1')).status).toBe(200);
    const refused = await ask(at, 80, '/v1/uscore/R4/Patient/1');
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'content-type': 'application/fhir+json', 'retry-after': '7' },
    });
    expect(JSON.parse(refused.body)).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'throttled' }],
    });
  });
});

test('who waits in vain is told at the deadline, and never sent', async () => {
  const at = loopbackAddress();
  const behind = [await slow(() => undefined)];
  await run(overloadable(at, behind), async () => {
    const [hung] = behind;
    const stuck = startSource({ address: at, port: 80, from: loopbackAddress(), parallel: slots });
    await until('the server is full', () => ((hung?.requests.length ?? 0) >= slots ? true : undefined));
    const began = performance.now();
    const late = await ask(at, 80, '/late', { method: 'POST', body: '{}' });
    const waited = performance.now() - began;
    expect(late).toMatchObject({ status: 503, headers: { 'retry-after': '7' } });
    expect(waited).toBeGreaterThan(deadline - 100);
    expect(waited).toBeLessThan(deadline + atOnce);
    expect(hung?.requests.map(({ url }) => url)).not.toContain('/late');
    await hung?.close();
    await stuck.end();
  });
}, 60_000);

const sticking = {
  type: 'sourceAddress',
  expire: duration('30m'),
  entries: 1_000,
} as const;

describe.each([
  ['no persistence', { type: 'none' }],
  ['persistence', sticking],
] as const)('a server that leaves while requests wait, with %s', (_, persistence) => {
  test.each([
    ['is drained', 'set server live.servers/api-1 weight 0'],
    ['goes into maintenance', 'set server live.servers/api-1 state maint'],
  ])(
    '%s: the other does the work',
    async (_words, command) => {
      const at = loopbackAddress();
      const behind = [await slow(), await slow()];
      const pool: Partial<ConfiguredPool> = { persistence };
      await run(
        overloadable(at, behind, { limits: { exempt: [network(everybody)] } }, pool),
        async (haproxy) => {
          const loads = Array.from({ length: 4 }, () =>
            startSource({ address: at, port: 80, from: loopbackAddress(), parallel: 5 }),
          );
          await until('requests wait', async () => ((await waiting(haproxy)) > 2 ? true : undefined));
          // As a drain is told: clients are not led back to it any more.
          if (persistence.type !== 'none')
            await haproxy.command(`add acl drained/live.servers.list ${serverId('api-1')}`);
          await haproxy.command(command);
          const [left, stays] = behind;
          const seenByThen = left?.requests.length ?? 0;
          await arrived(stays, 40);
          const answers = (await Promise.all(loads.map((load) => load.end()))).flat();
          expectHonest(answers, behind);
          // Only what it had, and what waited for it because it sticks to it.
          const after = (left?.requests.length ?? 0) - seenByThen;
          expect(after).toBeLessThanOrEqual(persistence.type === 'none' ? slots : slots + 2 * queue);
        },
      );
    },
    60_000,
  );
});

test('a server that dies while requests wait takes only what it had', async () => {
  const at = loopbackAddress();
  const behind = [await slow(), await slow()];
  await run(overloadable(at, behind, { limits: { exempt: [network(everybody)] } }), async (haproxy) => {
    const load = startSource({ address: at, port: 80, from: loopbackAddress(), parallel: 4 * slots });
    await until('requests wait', async () => ((await waiting(haproxy)) > 2 ? true : undefined));
    const [dies, lives] = behind;
    await dies?.close();
    await arrived(lives, 40);
    const answers = await load.end();
    const lost = answers.filter(({ status }) => status === 502 || status === 0);
    expect(lost.length).toBeLessThanOrEqual(slots);
    expectHonest(
      answers.filter((answer) => !lost.includes(answer)),
      behind,
    );
  });
}, 60_000);

/** Requests that wait, for one server or for any. */
async function waiting(haproxy: RunningHaproxy): Promise<number> {
  const rows = (await haproxy.command('show stat')).split('\n').map((line) => line.split(','));
  // The backend counts those of its servers too.
  const row = rows.find(([proxy, name]) => proxy === 'live.servers' && name === 'BACKEND');
  return Number(row?.[2] ?? 0);
}
