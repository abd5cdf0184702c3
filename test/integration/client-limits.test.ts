import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { countOverLimit } from '../../src/dataplane/haproxy/over-limit.ts';
import type { ClientLimit, ClientLimits } from '../../src/model/client-limits.ts';
import type { Configuration, ConfiguredService } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import { render } from '../../src/render/render.ts';
import { configuration, httpListener, network, server, service } from '../golden/configurations.ts';
import { type RunningHaproxy, withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { byStatus, type SourceOptions, startSource } from '../harness/source-load.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream } from '../harness/upstream.ts';
import { createRuntimeRig } from './runtime-rig.ts';

/** Guards: a limit that refuses whom it should not, that refuses while it only reports, or that knows too much. */

const allowed = 5;

function limit(mode: ClientLimit['mode'], requests = allowed): ClientLimit {
  return { requests, per: duration('1m'), mode };
}

async function upstream(): Promise<Upstream> {
  const behind = await startUpstream();
  onTestFinished(() => behind.close());
  return behind;
}

function limited(
  at: string,
  behind: Upstream,
  limits: Partial<ClientLimits>,
  rest: Partial<Omit<ConfiguredService, 'pool'>> = {},
): Configuration {
  const pool = { servers: [server('api-1', behind.address, behind.port)] };
  const more = { limits: { exempt: [], ...limits }, ...rest };
  return configuration([service('live', [httpListener(at, 80)], pool, more)]);
}

function run(wanted: Configuration, use: (haproxy: RunningHaproxy) => Promise<void>): Promise<void> {
  return withHaproxy((node) => render(compile(wanted, node)), use);
}

/** How many of so many requests, one after the other, were answered with which status. */
async function asked(count: number, options: Omit<SourceOptions, 'port' | 'parallel'>) {
  const load = startSource({ port: 80, parallel: 1, rest: 0, total: count, ...options });
  await until(`${count} answers`, () => (load.answers.length >= count ? true : undefined));
  const answers = await load.end();
  return { counts: byStatus(answers), sent: answers.length };
}

async function over(haproxy: RunningHaproxy, table: string): Promise<ReturnType<typeof countOverLimit>> {
  return countOverLimit(await haproxy.command(`show table ${table} data.gpc1_rate gt 0`));
}

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('perSource over %s', (version) => {
  test('enforced: the one over it gets 429 and no server sees it; others and exempt ones are served', async () => {
    const at = loopbackAddress();
    const behind = await upstream();
    const [greedy, other, exempt] = [loopbackAddress(), loopbackAddress(), loopbackAddress()];
    const limits = { perSource: limit('enforce'), exempt: [network(exempt)] };
    await run(limited(at, behind, limits), async (haproxy) => {
      const { counts, sent } = await asked(20, { address: at, from: greedy, version });
      expect(counts).toEqual({ 200: allowed, 429: sent - allowed });
      expect(behind.requests).toHaveLength(allowed);
      expect(await over(haproxy, 'live')).toEqual({ requests: sent - allowed, clients: 1 });
      expect(Object.keys((await asked(4, { address: at, from: other, version })).counts)).toEqual(['200']);
      expect(Object.keys((await asked(20, { address: at, from: exempt, version })).counts)).toEqual(['200']);
      const line = await until('the refusal is logged', async () =>
        (await haproxy.logLines()).find((text) => text.includes('"status":429')),
      );
      expect(JSON.parse(line)).toMatchObject({ limit: 'perSource', server: null });
    });
  });

  test('reporting: nobody is refused, and what would have been is counted', async () => {
    const at = loopbackAddress();
    const behind = await upstream();
    await run(limited(at, behind, { perSource: limit('report') }), async (haproxy) => {
      const sources = [loopbackAddress(), loopbackAddress()];
      let beyond = 0;
      for (const from of sources) {
        const { counts, sent } = await asked(12, { address: at, from, version });
        expect(counts).toEqual({ 200: sent });
        beyond += sent - allowed;
      }
      expect(await over(haproxy, 'live')).toEqual({ requests: beyond, clients: 2 });
      const reported = await until('all are logged', async () => {
        const lines = (await haproxy.logLines()).filter((text) => text.includes('"limit":"perSource"'));
        return lines.length >= beyond ? lines : undefined;
      });
      expect(reported).toHaveLength(beyond);
      for (const line of reported) {
        expect(JSON.parse(line)).toMatchObject({ status: 200, server: 'api-1' });
        // The log may hold the network of a client, and no more.
        for (const from of sources) expect(line).not.toContain(`"${from}"`);
      }
    });
  });
});

test('perSource counts an IPv6 source as it does others', async () => {
  const at = '::1';
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const behind = await upstream();
  const wanted = limited(at, behind, { perSource: limit('enforce') });
  const [live] = wanted.virtualServices;
  if (live === undefined) throw new Error('no service');
  await run(configuration([{ ...live, listeners: [httpListener(at, port)] }]), async () => {
    const load = startSource({ address: at, port, from: '::1', parallel: 1, rest: 0 });
    await until('answers', () => (load.answers.length >= 12 ? true : undefined));
    const answers = await load.end();
    expect(byStatus(answers)).toEqual({ 200: allowed, 429: answers.length - allowed });
  });
});

test('perSource.concurrent: requests under way at a time', async () => {
  const at = loopbackAddress();
  const held: (() => void)[] = [];
  const behind = await startUpstream({ answer: (_, response) => held.push(() => response.end('done')) });
  onTestFinished(() => behind.close());
  const perSource = { ...limit('enforce', 1_000), concurrent: 3 };
  await run(limited(at, behind, { perSource }), async () => {
    const from = loopbackAddress();
    const load = startSource({ address: at, port: 80, from, parallel: 10, rest: 50, version: 'HTTP/2' });
    await until('the server has three, and the others are refused', () =>
      behind.requests.length >= 3 && load.answers.length >= 7 ? true : undefined,
    );
    expect(behind.requests).toHaveLength(3);
    expect(byStatus(load.answers)).toEqual({ 429: load.answers.length });
    // Whoever comes from now on is served.
    for (const release of held.splice(0)) release();
    const ending = load.end();
    await until('the rest is let go', () => {
      for (const release of held.splice(0)) release();
      return load.answers.filter(({ status }) => status === 200).length >= 3 ? true : undefined;
    });
    const letting = setInterval(() => {
      for (const release of held.splice(0)) release();
    }, 10);
    await ending.finally(() => clearInterval(letting));
  });
});

function token(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`;
}

test('perClient: tokens of one client share its limit, wherever they come from, and none is kept', async () => {
  const at = loopbackAddress();
  const behind = await upstream();
  const tokens = {
    first: token({ client_id: 'portal', sub: 'one' }),
    second: token({ client_id: 'portal', sub: 'two' }),
    azp: token({ azp: 'scheduler', sub: 'one' }),
    opaque: 'opaque-0123456789abcdef',
    other: 'opaque-fedcba9876543210',
    broken: 'not.a.token',
  };
  await run(limited(at, behind, { perClient: limit('enforce') }), async (haproxy) => {
    const ask = async (bearer: string | undefined, count: number) => {
      const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
      return asked(count, { address: at, from: loopbackAddress(), headers });
    };
    const first = await ask(tokens.first, 8);
    expect(first.counts).toEqual({ 200: allowed, 429: first.sent - allowed });
    const second = await ask(tokens.second, 3);
    expect(second.counts).toEqual({ 429: second.sent });
    for (const bearer of [tokens.azp, tokens.opaque, tokens.other, tokens.broken]) {
      const { counts, sent } = await ask(bearer, 8);
      expect(counts).toEqual({ 200: allowed, 429: sent - allowed });
    }
    // Whoever brings no token is nobody in particular: the token endpoint is asked so.
    const nobody = await ask(undefined, 20);
    expect(nobody.counts).toEqual({ 200: nobody.sent });
    expect((await over(haproxy, 'live.clients')).clients).toBe(5);
    const everything = `${await haproxy.command('show table live.clients')}${(await haproxy.logLines()).join()}`;
    for (const text of [...Object.values(tokens), 'portal', 'scheduler'])
      expect(everything).not.toContain(text);
  });
});

test('limits survive a reload, and what was open before it does not count twice', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = await upstream();
  const from = loopbackAddress();
  const wanted = (queries: number) => {
    const bearers = { perSource: limit('enforce'), perClient: limit('enforce') };
    const rest = { maxConnectionsPerSource: 4, errorAnswers: { retryAfter: duration('9s'), fhirPaths: [] } };
    const [live] = limited(at, behind, bearers, rest).virtualServices;
    if (live === undefined) throw new Error('no service');
    return configuration([{ ...live, timeouts: { ...live.timeouts, server: duration(`${queries}s`) } }]);
  };
  await rig.bring(wanted(30));
  const headers = { authorization: `Bearer ${token({ client_id: 'portal' })}` };
  const before = await asked(8, { address: at, from, headers });
  expect(before.counts).toEqual({ 200: allowed, 429: before.sent - allowed });
  const held = await Promise.all([hold(at, from), hold(at, from), hold(at, from)]);
  onTestFinished(() => held.forEach((socket) => socket.destroy()));
  // For five seconds after its first start HAProxy 2.6 teaches its tables to nobody.
  await until('the peers have met', async () => {
    const shown = await rig.say('show', 'info');
    return Number(/^Uptime_sec: (\d+)$/m.exec(shown)?.[1]) >= 6 ? true : undefined;
  });
  await rig.bring(wanted(31));
  await until('the new worker was taught', async () =>
    (await rig.say('show', 'table', 'live')).includes(from) ? true : undefined,
  );
  expect(await rig.say('show', 'table', 'live')).toMatch(new RegExp(`${from} .*conn_cur=0`));
  expect(Object.keys((await asked(5, { address: at, from, headers })).counts)).toEqual(['429']);
  // The client is known by its token, the source by its address.
  expect(Object.keys((await asked(5, { address: at, from: loopbackAddress(), headers })).counts)).toEqual([
    '429',
  ]);
  const fresh = { authorization: `Bearer ${token({ client_id: 'fresh' })}` };
  expect(
    Object.keys((await asked(4, { address: at, from: loopbackAddress(), headers: fresh })).counts),
  ).toEqual(['200']);
}, 60_000);

/** A connection that sends nothing; resolves when it is open. */
function hold(address: string, from: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: 80, localAddress: from }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Opens connections that send nothing, and gives back those that are still open after all were tried. */
async function flood(address: string, from: string, count: number): Promise<() => number> {
  const open = new Set<Socket>();
  onTestFinished(() => open.forEach((socket) => socket.destroy()));
  for (let turn = 0; turn < count; turn += 1) {
    const socket = connect({ host: address, port: 80, localAddress: from });
    open.add(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => open.delete(socket))
      .resume();
  }
  return () => open.size;
}

test('one source that opens connections and sends nothing does not shut out the others', async () => {
  const at = loopbackAddress();
  const behind = await upstream();
  const exempt = loopbackAddress();
  const limits = { exempt: [network(exempt)] };
  const rest = { maxConnections: 40, maxConnectionsPerSource: 10 };
  await run(limited(at, behind, limits, rest), async (haproxy) => {
    const left = await flood(at, loopbackAddress(), 100);
    await until('all but its share are closed', () => (left() === 10 ? true : undefined));
    const other = await asked(10, { address: at, from: loopbackAddress() });
    expect(other.counts).toEqual({ 200: other.sent });
    const exempted = await flood(at, exempt, 20);
    const shown = await until('the exempt ones are open', async () => {
      const count = Number(/^CurrConns: (\d+)$/m.exec(await haproxy.command('show info'))?.[1]);
      return count >= 30 ? count : undefined;
    });
    expect(shown).toBeGreaterThanOrEqual(30);
    expect(exempted()).toBe(20);
  });
});

test('the share of a source is changed without a reload', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = await upstream();
  const wanted = (maxConnectionsPerSource: number) => limited(at, behind, {}, { maxConnectionsPerSource });
  await rig.bring(wanted(10));
  await rig.change(wanted(25), [], () => [
    { kind: 'set-source-share', frontend: 'live', maxConnections: 25 },
  ]);
  const left = await flood(at, loopbackAddress(), 60);
  await until('it has the new share', () => (left() === 25 ? true : undefined));
  expect((await rig.dataPlane.runtimeState())?.process.reloads).toBe(0);
});
