import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { Configuration, ConfiguredPool, ConfiguredService } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import { render } from '../../src/render/render.ts';
import { configuration, httpListener, server, service } from '../golden/configurations.ts';
import { ask } from '../harness/ask.ts';
import { breakingServer } from '../harness/breaking-server.ts';
import { type RunningHaproxy, withHaproxy } from '../harness/haproxy.ts';
import { keptHttp1, keptHttp2 } from '../harness/kept-client.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { startOddServer } from '../harness/odd-servers.ts';
import { until } from '../harness/until.ts';

type Place = { readonly address: string; readonly port: number };
type Line = Record<string, unknown>;

function front(
  at: string,
  places: readonly Place[],
  pool: Partial<ConfiguredPool> = {},
  rest: Partial<ConfiguredService> = {},
): Configuration {
  const servers = places.map(({ address, port }, index) => server(`api-${index + 1}`, address, port));
  const timeouts = {
    connect: duration('200ms'),
    request: duration('1s'),
    keepAlive: duration('5s'),
    client: duration('2s'),
    server: duration('500ms'),
    queue: duration('200ms'),
    tunnel: duration('1h'),
  };
  const errorAnswers = { retryAfter: duration('7s'), fhirPaths: ['/fhir'] };
  return configuration([
    service('live', [httpListener(at, 80)], { servers, ...pool }, { timeouts, errorAnswers, ...rest }),
  ]);
}

function run(wanted: Configuration, use: (haproxy: RunningHaproxy) => Promise<void>): Promise<void> {
  return withHaproxy((node) => render(compile(wanted, node)), use);
}

async function lines(haproxy: RunningHaproxy, count: number): Promise<Line[]> {
  const found = await until(`${count} log lines`, async () => {
    const texts = await haproxy.logLines();
    return texts.length >= count ? texts : undefined;
  });
  expect(found).toHaveLength(count);
  return found.map((text) => JSON.parse(text) as Line);
}

/** A server that breaks off as the path says, and what it has read. */
async function breaking(extraHeaders?: string) {
  const seen: string[] = [];
  const heads: string[] = [];
  const talk = breakingServer((path, head) => {
    seen.push(path);
    heads.push(head);
  }, extraHeaders);
  const { address, port } = await startOddServer({ talk });
  return { address, port, seen, heads };
}

const unknown = { error: 'server-broke-off', retry: 'unknown' };
const noServer = { connect_ms: -1, response_ms: -1 };

describe.each([
  ['HTTP/2', keptHttp2],
  ['kept HTTP/1.1', keptHttp1],
])('on %s', (_, open) => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])(
    'a %s whose server breaks off gets 502 and was carried out once, on new and on kept server connections',
    async (method) => {
      const at = loopbackAddress();
      const behind = await breaking();
      await run(front(at, [behind]), async () => {
        const client = await open(at, 80);
        // The first on a new server connection, the others on the one that /ok has left.
        for (const path of ['/fin-1', '/ok-1', '/fin-2', '/ok-2', '/reset-1', '/reset-2', '/ok-3']) {
          const { status, body } = await client.ask(method, path, 'a record');
          expect([path, status]).toEqual([path, path.startsWith('/ok') ? 200 : 502]);
          if (status === 502) expect(JSON.parse(body)).toMatchObject(unknown);
        }
        const fhir = await client.ask(method, '/fin-3', 'a record');
        expect(fhir.status).toBe(502);
        client.close();
      });
      expect(behind.seen).toEqual([
        '/fin-1',
        '/ok-1',
        '/fin-2',
        '/ok-2',
        '/reset-1',
        '/reset-2',
        '/ok-3',
        '/fin-3',
      ]);
    },
  );

  test('a GET goes on as before: tried again, without a hop', async () => {
    const at = loopbackAddress();
    const behind = await breaking();
    const sound = await breaking();
    // Every first answer of one is missing; the other takes over.
    const broken = await startOddServer({ talk: (socket) => socket.once('data', () => socket.end()) });
    await run(front(at, [broken, sound], { balance: 'roundrobin' }), async (haproxy) => {
      const client = await open(at, 80);
      for (let turn = 0; turn < 4; turn += 1)
        expect((await client.ask('GET', `/ok-${turn}`)).status).toBe(200);
      client.close();
      for (const line of await lines(haproxy, 4)) expect(Object.keys(line).join()).not.toContain('hop_');
    });
    expect(behind.seen).toEqual([]);
    expect(sound.seen).toHaveLength(4);
  });

  test('with `close` it is as HAProxy has it: no hop', async () => {
    const at = loopbackAddress();
    const behind = await breaking();
    const retry = { attempts: 3, safeMethodsOn: [], budget: 20, unansweredWrites: 'close' as const };
    await run(front(at, [behind], { retry }), async (haproxy) => {
      const client = await open(at, 80);
      expect((await client.ask('POST', '/ok', 'x')).status).toBe(200);
      // Told that nothing was done, whatever the version.
      await expect(client.ask('POST', '/fin', 'x')).rejects.toThrow(
        /without an answer|no answer|REFUSED_STREAM/,
      );
      client.close();
      const [line = {}] = await lines(haproxy, 1);
      expect(Object.keys(line).join()).not.toContain('hop_');
    });
    expect(behind.seen).toEqual(['/ok', '/fin']);
  });
});

describe('the line of the log', () => {
  test('names the servers as it does without a hop, and times that add up', async () => {
    const at = loopbackAddress();
    const behind = await breaking('mtrestapi-requestid: r-1\r\n');
    const clientAddress = 'network' as const;
    const accessLog = { pathWords: [], clientAddress, requestIdHeader: 'mtrestapi-requestid' };
    await run(front(at, [behind], {}, { accessLog }), async (haproxy) => {
      await ask(at, 80, '/ok', { method: 'POST', body: 'x' });
      await ask(at, 80, '/half', { method: 'POST', body: 'x' }).catch(() => undefined);
      await ask(at, 80, '/silent', { method: 'POST', body: 'x' });
      const [ok = {}, half = {}, silent = {}] = await lines(haproxy, 3);
      const common = { service: 'live', server: 'api-1', method: 'POST', retries: '0', client: '127.0.0.0' };
      expect(ok).toMatchObject({ ...common, status: 200, termination: '--', request_id: 'r-1' });
      expect(half).toMatchObject({ ...common, status: 200, termination: 'SD', request_id: null });
      expect(silent).toMatchObject({ ...common, status: 504, termination: 'sH', response_ms: -1 });
      expect(silent['total_ms']).toBeGreaterThanOrEqual(500);
      for (const line of [ok, half]) {
        const parts = ['request_ms', 'queue_ms', 'connect_ms', 'response_ms'].map((key) => Number(line[key]));
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
        expect(parts.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(Number(line['total_ms']) + 2);
      }
    });
  });

  test('tells a server that broke off, with its name where it is known', async () => {
    const at = loopbackAddress();
    const behind = await breaking();
    await run(front(at, [behind]), async (haproxy) => {
      await ask(at, 80, '/fin', { method: 'POST', body: 'x' });
      await ask(at, 80, '/ok', { method: 'POST', body: 'x' });
      await ask(at, 80, '/fin', { method: 'POST', body: 'x' });
      const [fresh = {}, , reused = {}] = await lines(haproxy, 3);
      expect(fresh).toMatchObject({ status: 502, termination: 'SH', server: 'api-1' });
      expect(reused).toMatchObject({ status: 502, termination: 'SH' });
      // HAProxy 3.0 closes the inner side without a word then, and with it goes the name.
      expect(['api-1', null]).toContain(reused['server']);
    });
  });

  test('tells that no server was reached; then, and only then, the client reads that it was never sent', async () => {
    const at = loopbackAddress();
    const gone = { address: loopbackAddress(), port: 8000 };
    await run(front(at, [gone, { ...gone, port: 8001 }]), async (haproxy) => {
      const { status, headers, body } = await ask(at, 80, '/ok', { method: 'POST', body: 'x' });
      expect(status).toBe(503);
      expect(headers).toMatchObject({ 'retry-after': '7', 'content-type': 'application/json' });
      expect(JSON.parse(body)).toMatchObject({ error: 'no-server', retry: 'safe' });
      const fhir = await ask(at, 80, '/fhir/Patient', { method: 'POST', body: 'x' });
      expect(fhir.headers).toMatchObject({ 'retry-after': '7', 'content-type': 'application/fhir+json' });
      expect(JSON.parse(fhir.body)).toMatchObject({ resourceType: 'OperationOutcome' });
      const [line = {}] = await lines(haproxy, 2);
      expect(line).toMatchObject({ status: 503, termination: 'SC', ...noServer });
      expect(line['retries']).toMatch(/^\+[123]$/);
    });
  });

  test('tells that all servers are out', async () => {
    const at = loopbackAddress();
    const behind = await breaking();
    await run(front(at, [behind]), async (haproxy) => {
      await haproxy.command('set server live.servers/api-1 state maint');
      expect((await ask(at, 80, '/ok', { method: 'POST', body: 'x' })).status).toBe(503);
      const [line = {}] = await lines(haproxy, 1);
      expect(line).toMatchObject({ status: 503, termination: 'SC', server: null, queue_ms: -1, ...noServer });
    });
    expect(behind.seen).toEqual([]);
  });

  test('goes on when the client has left, as it does without a hop', async () => {
    const at = loopbackAddress();
    const behind = await breaking();
    await run(front(at, [behind]), async (haproxy) => {
      const client = await keptHttp2(at, 80);
      const asked = client.ask('POST', '/silent', 'x');
      asked.catch(() => undefined);
      await until('it is at the server', () => (behind.seen.length > 0 ? true : undefined));
      client.close();
      const [line = {}] = await lines(haproxy, 1);
      expect(line).toMatchObject({ server: 'api-1', termination: 'sH', queue_ms: 0, response_ms: -1 });
    });
  });
});

describe('what goes over the hop', () => {
  test('is seen by neither side, and can be forged by neither', async () => {
    const at = loopbackAddress();
    const forged = ',"server":"forged"';
    const behind = await breaking(`aorta-hop: ${forged}\r\naorta-own: hop_\r\nAorta-Own: x\r\n`);
    await run(front(at, [behind]), async (haproxy) => {
      const headers = { 'aorta-hop': 'other', 'Aorta-Own': 'x' };
      const answer = await ask(at, 80, '/ok', { method: 'POST', body: 'x', headers });
      expect(answer).toMatchObject({ status: 200, body: 'fine' });
      expect(Object.keys(answer.headers).filter((key) => key.startsWith('aorta'))).toEqual([]);
      const [line = {}] = await lines(haproxy, 1);
      expect(line).toMatchObject({ service: 'live', server: 'api-1', termination: '--' });
    });
    expect(behind.heads.join()).not.toContain('aorta-hop');
  });

  test('a full hop keeps writes waiting and loses none', async () => {
    const at = loopbackAddress();
    const behind = await breaking();
    await run(front(at, [behind]), async (haproxy) => {
      await haproxy.command('set maxconn frontend aorta.hop 1');
      const client = await keptHttp2(at, 80);
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) => client.ask('POST', `/ok-${index}`, 'x')),
      );
      client.close();
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    });
    expect(new Set(behind.seen).size).toBe(60);
    expect(behind.seen).toHaveLength(60);
  });

  test('a hop that cannot be reached is a safe 503, and stands in the log', async () => {
    const at = loopbackAddress();
    const behind = await breaking();
    await run(front(at, [behind]), async (haproxy) => {
      await haproxy.command('set server aorta.hop/inner state maint');
      const { status, headers, body } = await ask(at, 80, '/ok', { method: 'POST', body: 'x' });
      expect([status, headers['retry-after']]).toEqual([503, '7']);
      expect(JSON.parse(body)).toMatchObject({ retry: 'safe' });
      const [line = {}] = await lines(haproxy, 1);
      expect(line).toMatchObject({ status: 503, termination: 'SC', server: null, ...noServer });
      expect((await ask(at, 80, '/ok')).status).toBe(200);
    });
    expect(behind.heads.map((head) => head.split(' ')[0])).toEqual(['GET']);
  });
});
