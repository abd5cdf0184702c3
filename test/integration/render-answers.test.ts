import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { Configuration, ConfiguredPool } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import { render } from '../../src/render/render.ts';
import { configuration, httpListener, server, service } from '../golden/configurations.ts';
import { type Answer, ask, askHttp2, sendRaw } from '../harness/ask.ts';
import { withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream, type UpstreamOptions } from '../harness/upstream.ts';

async function upstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const started = await startUpstream(options);
  onTestFinished(() => started.close());
  return started;
}

/** One service with FHIR paths and short times. */
function shortTimes(
  at: string,
  behind: { address: string; port: number },
  pool: Partial<ConfiguredPool> = {},
  maxConnections?: number,
): Configuration {
  const limit = maxConnections === undefined ? {} : { maxConnections };
  return configuration([
    service(
      'live',
      [httpListener(at, 80)],
      { servers: [server('api-1', behind.address, behind.port, limit)], ...pool },
      {
        timeouts: {
          connect: duration('200ms'),
          request: duration('1s'),
          keepAlive: duration('1s'),
          client: duration('2s'),
          server: duration('500ms'),
          queue: duration('200ms'),
          tunnel: duration('1h'),
        },
        errorAnswers: { retryAfter: duration('7s'), fhirPaths: ['/v1/uscore'] },
      },
    ),
  ]);
}

function run(wanted: Configuration, use: Parameters<typeof withHaproxy<void>>[1]): Promise<void> {
  return withHaproxy((node) => render(compile(wanted, node)), use);
}

/** The code of the plain or the FHIR answer; fails when the answer has not the form that its path asks for. */
function expectOwnAnswer(answer: Answer, fhir: boolean, code: string): void {
  const body: unknown = JSON.parse(answer.body);
  if (fhir) {
    expect(answer.headers['content-type']).toBe('application/fhir+json');
    expect(body).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] });
  } else {
    expect(answer.headers['content-type']).toBe('application/json');
    expect(body).toMatchObject({ error: expect.any(String), message: expect.any(String), retry: code });
  }
}

const paths: readonly (readonly [string, boolean])[] = [
  ['/v1/uscore/R4/Patient/1?name=x', true],
  ['/v1/uscore', true],
  ['/v1/uscore?x=/v1/uscore/', true],
  ['/v1/uscoreX/R4', false],
  ['/oauth2/token?x=/v1/uscore/', false],
  ['/', false],
];
const versions = [
  ['HTTP/1.1', ask],
  ['HTTP/2', askHttp2],
] as const;

describe.each(versions)('over %s', (_, send) => {
  test('without a server the sorry answer says that a retry is safe, and when', async () => {
    const at = loopbackAddress();
    await run(shortTimes(at, { address: loopbackAddress(), port: 8000 }), async () => {
      for (const [path, fhir] of paths) {
        for (const method of ['GET', 'POST']) {
          const answer = await send(at, 80, path, { method, ...(method === 'POST' ? { body: '{}' } : {}) });
          expect(answer.status).toBe(503);
          expect(answer.headers['retry-after']).toBe('7');
          expectOwnAnswer(answer, fhir, fhir ? 'transient' : 'safe');
        }
      }
    });
  });

  test('a server that does not answer leaves the outcome unknown', async () => {
    const at = loopbackAddress();
    const behind = await upstream({ answer: () => undefined });
    await run(shortTimes(at, behind), async () => {
      for (const [path, fhir] of paths.slice(2, 4)) {
        const answer = await send(at, 80, path, { method: 'POST', body: '{}' });
        expect(answer.status).toBe(504);
        expectOwnAnswer(answer, fhir, fhir ? 'timeout' : 'unknown');
      }
    });
    expect(behind.requests).toHaveLength(2);
  });

  test('errors of the servers pass unchanged', async () => {
    const at = loopbackAddress();
    const behind = await upstream({
      answer: (request, response) => {
        response.writeHead(Number(/\d+$/.exec(request.url ?? '')?.[0]), {
          'content-type': 'text/x-own',
          'retry-after': '99',
        });
        response.end('mine');
      },
    });
    await run(shortTimes(at, behind), async () => {
      for (const status of [400, 401, 403, 404, 408, 429, 500, 502, 503, 504]) {
        const answer = await send(at, 80, `/v1/uscore/${status}`, { method: 'POST', body: '{}' });
        expect(answer).toMatchObject({
          status,
          body: 'mine',
          headers: { 'content-type': 'text/x-own', 'retry-after': '99' },
        });
      }
    });
  });
});

test('only on the paths that may take long a server has more time, however they are written', async () => {
  const at = loopbackAddress();
  const behind = await upstream({
    answer: (_, response) => void setTimeout(() => response.end('late'), 1_000),
  });
  const short = shortTimes(at, behind);
  const long = { paths: ['/v1/bulk', '/v1/a.b', '$export'], server: duration('1h') };
  const services = short.virtualServices.map((one) => ({ ...one, timeouts: { ...one.timeouts, long } }));
  const within = ['/v1/bulk', '/v1/bulk/', '/v1/bulk/1?x', '/v1/%62ulk', '/v1/bulk%2Fx', '/v1/a.b/'];
  const segment = ['/$export', '/v1/Group/$export', '/Group/%24export/1', '/x%3F$export'];
  const others = [
    '/v1/bulky',
    '/x/v1/bulk',
    '/v1/axb',
    '/v1/Bulk',
    '/$exporter',
    '/x$export',
    '/x?/$export',
    '/',
  ];
  await run({ ...short, virtualServices: services }, async () => {
    const answers = [...within, ...segment, ...others].map(async (path) => {
      const { status } = await ask(at, 80, path, { method: 'POST', body: '{}' });
      return [path, status] as const;
    });
    expect(await Promise.all(answers)).toEqual([
      ...[...within, ...segment].map((path) => [path, 200]),
      ...others.map((path) => [path, 504]),
    ]);
  });
});

test('a server that breaks off leaves the outcome unknown', async () => {
  const at = loopbackAddress();
  const behind = await upstream({ answer: (request) => request.socket.destroy() });
  await run(shortTimes(at, behind), async () => {
    for (const [path, fhir] of paths) {
      const answer = await ask(at, 80, path, { method: 'POST', body: '{}' });
      expect(answer.status).toBe(502);
      expect(answer.headers['retry-after']).toBeUndefined();
      expectOwnAnswer(answer, fhir, fhir ? 'exception' : 'unknown');
    }
  });
  expect(behind.requests).toHaveLength(paths.length);
});

test('a request that found no free server in time was never sent', async () => {
  const at = loopbackAddress();
  const behind = await upstream({ answer: () => undefined });
  await run(shortTimes(at, behind, {}, 1), async (haproxy) => {
    const first = ask(at, 80, '/first', { method: 'POST', body: '{}' });
    await until('the first request is at the server', () => (behind.requests.length > 0 ? true : undefined));
    const second = await ask(at, 80, '/second', { method: 'POST', body: '{}' });
    expect(second.status).toBe(503);
    expectOwnAnswer(second, false, 'safe');
    expect((await first).status).toBe(504);
    const line = await until('the queued request is logged', async () =>
      (await haproxy.logLines()).find((text) => text.includes('"status":503')),
    );
    expect(JSON.parse(line)).toMatchObject({ termination: 'sQ', connect_ms: -1 });
  });
  expect(behind.requests.map(({ url }) => url)).toEqual(['/first']);
});

describe('retries', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])(
    '%s is sent again to another server only if it changes nothing',
    async (method) => {
      const at = loopbackAddress();
      const broken = await upstream({ answer: (request) => request.socket.destroy() });
      const sound = await upstream();
      const servers = [
        server('api-1', broken.address, broken.port),
        server('api-2', sound.address, sound.port),
      ];
      await run(shortTimes(at, broken, { servers, balance: 'roundrobin' }), async () => {
        const statuses: number[] = [];
        for (let turn = 0; turn < 4; turn += 1) {
          statuses.push(
            (await ask(at, 80, `/turn-${turn}`, { method, headers: { 'content-length': '0' } })).status,
          );
        }
        const safe = ['GET', 'HEAD', 'OPTIONS'].includes(method);
        expect(statuses.filter((status) => status === 502)).toHaveLength(safe ? 0 : 2);
      });
      const turns = [...broken.requests, ...sound.requests].map(({ url }) => url);
      if (!['GET', 'HEAD', 'OPTIONS'].includes(method)) expect(new Set(turns).size).toBe(turns.length);
    },
  );

  test('a connection that fails is retried for every method', async () => {
    const at = loopbackAddress();
    const sound = await upstream();
    const servers = [server('api-1', loopbackAddress(), 8000), server('api-2', sound.address, sound.port)];
    await run(shortTimes(at, sound, { servers, balance: 'roundrobin' }), async () => {
      for (let turn = 0; turn < 4; turn += 1) {
        expect((await ask(at, 80, '/', { method: 'POST', body: '{}' })).status).toBe(200);
      }
    });
    expect(sound.requests).toHaveLength(4);
  });
});

describe('an idle connection', () => {
  // Guards against the stock 408 page, which clients take for the answer to their next request.
  test.each([
    ['that never sent anything', ''],
    ['after a request', 'GET / HTTP/1.1\r\nHost: x.example\r\n\r\n'],
  ])('%s is closed without a word', async (_, bytes) => {
    const at = loopbackAddress();
    const behind = await upstream();
    await run(shortTimes(at, behind), async (haproxy) => {
      const answer = bytes === '' ? await listen(at) : await sendRaw(at, 80, bytes);
      expect(answer).not.toContain('408');
      expect(answer.match(/HTTP\/1/g) ?? []).toHaveLength(bytes === '' ? 0 : 1);
      if (bytes === '') expect(await haproxy.logLines()).toEqual([]);
    });
  });
});

function listen(at: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(80, at);
    let text = '';
    socket.setTimeout(8_000, () => socket.destroy(new Error('never closed')));
    socket.on('data', (part) => {
      text += part.toString();
    });
    socket.once('error', reject);
    socket.once('end', () => resolve(text));
  });
}
