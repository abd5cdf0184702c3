import { createHash } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { Configuration } from '../../src/model/configuration.ts';
import { render } from '../../src/render/render.ts';
import {
  configuration,
  httpListener,
  httpsListener,
  name,
  server,
  service,
} from '../golden/configurations.ts';
import { ask, askHttp2, sendRaw } from '../harness/ask.ts';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../harness/certificates.ts';
import { type RunningHaproxy, withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream, type UpstreamOptions } from '../harness/upstream.ts';

const apis = 'apis.stelsewhere.example';
let authority: TestAuthority;
let certificate: TestCertificate;
beforeAll(async () => {
  authority = await makeAuthority();
  certificate = await authority.issue([apis]);
});

type Log = Parameters<typeof service>[3];

function logged(at: string, behind: Upstream, accessLog: NonNullable<Log>['accessLog']): Configuration {
  const log = accessLog === undefined ? {} : { accessLog };
  return configuration(
    [
      service(
        'live',
        [httpListener(at, 80), httpsListener(at, 443, 'apis')],
        { servers: [server('api-1', behind.address, behind.port)] },
        log,
      ),
    ],
    {
      certificates: [{ name: name('apis'), path: ['certificates', 'apis'], material: certificate.material }],
    },
  );
}

async function upstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const started = await startUpstream(options);
  onTestFinished(() => started.close());
  return started;
}

function run(wanted: Configuration, use: (haproxy: RunningHaproxy) => Promise<void>): Promise<void> {
  return withHaproxy((node) => render(compile(wanted, node)), use);
}

async function records(haproxy: RunningHaproxy, count: number): Promise<Record<string, unknown>[]> {
  const lines = await until(`${count} log lines`, async () => {
    const found = await haproxy.logLines();
    return found.length >= count ? found : undefined;
  });
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const words = ['$export', '.well-known', 'Patient', 'R4', 'metadata', 'uscore'];

test('a line says what happened, with the same keys every time', async () => {
  const at = loopbackAddress();
  const behind = await upstream({
    answer: (_, response) => {
      response.setHeader('mtrestapi-requestid', '1b4e28ba-2fa1_x.7');
      response.end('hello');
    },
  });
  const log = { pathWords: words, clientAddress: 'network' as const, requestIdHeader: 'mtrestapi-requestid' };
  await run(logged(at, behind, log), async (haproxy) => {
    const tls = { ca: authority.material.certificates[0] ?? '', servername: apis };
    await askHttp2(at, 443, '/v1/uscore/R4/Patient/12345?name=Doe', { tls });
    await ask(at, 80, '/', { method: 'POST', body: '12345' });
    const [first = {}, second = {}] = await records(haproxy, 2);
    expect(first).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      event: 'request',
      service: 'live',
      server: 'api-1',
      method: 'GET',
      path: '/v1/uscore/R4/Patient/{id}',
      status: 200,
      bytes_in: expect.any(Number),
      bytes_out: expect.any(Number),
      request_ms: expect.any(Number),
      queue_ms: expect.any(Number),
      connect_ms: expect.any(Number),
      response_ms: expect.any(Number),
      total_ms: expect.any(Number),
      termination: '--',
      retries: '0',
      limit: null,
      http_version: 2,
      tls_version: 'TLSv1.3',
      tls_cipher: 'TLS_AES_128_GCM_SHA256',
      client: '127.0.0.0',
      request_id: '1b4e28ba-2fa1_x.7',
    });
    expect(Math.abs(Date.parse(String(first['time'])) - Date.now())).toBeLessThan(10_000);
    expect(second).toMatchObject({
      method: 'POST',
      path: '/',
      http_version: 1,
      tls_version: null,
      tls_cipher: null,
    });
    // A write takes the hop, of which a few fields more tell.
    const hop = (key: string) => key.startsWith('hop_');
    const keys = (line: Record<string, unknown>) => Object.keys(line).sort();
    expect(keys(second).filter((key) => !hop(key))).toEqual(keys(first));
    expect(Object.keys(first).filter(hop)).toEqual([]);
    const connection = { hop_queue_ms: 0, hop_retries: '0' };
    expect(second).toMatchObject({ server: 'api-1', hop_server: 'inner', ...connection });
  });
});

test.each([
  ['/v1/uscore/R4/Patient/123', '/v1/uscore/R4/Patient/{id}'],
  ['/v12/v/V1/v1x', '/v12/{id}/{id}/{id}'],
  ['/Patient/$export?_since=2020', '/Patient/$export'],
  ['/.well-known/xwell-known', '/.well-known/{id}'],
  ['/%50atient/Doe', '/{id}/{id}'],
  ['/Patient;name=Doe/x', '/{id}/{id}'],
  ['//Patient//Doe//', '//Patient//{id}//'],
  ['/Patient#Doe', null],
  ['/Patientx/xPatient/Patient', '/{id}/{id}/Patient'],
  ['/patient', '/{id}'],
  ['/"Doe"/\\Doe/\'Doe\'/{Doe}', '/{id}/{id}/{id}/{id}'],
  ['http://x.example/Patient/Doe?x', '/Patient/{id}'],
  // HAProxy 2.6 leaves the path empty here, 3.0 makes it a slash.
  ['http://x.example', /^\/?$/],
  [`/Patient/${'Doe/'.repeat(2_000)}`, /^\/Patient(\/\{id\})+\/?$/],
  [`/${'a/'.repeat(4_000)}`, /^(\/\{id\})+\/?$/],
  [`/${'Doe'.repeat(2_500)}`, '/{id}'],
  ['*', ''],
])('path case %#', async (path, template) => {
  const at = loopbackAddress();
  const behind = await upstream();
  const method = path === '*' ? 'OPTIONS' : 'GET';
  await run(logged(at, behind, { pathWords: words, clientAddress: 'none' }), async (haproxy) => {
    await sendRaw(at, 80, `${method} ${path} HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n`);
    const [record = {}] = await records(haproxy, 1);
    if (template === null) expect(record).toMatchObject({ event: 'request-malformed' });
    else if (typeof template === 'string') expect(record['path']).toBe(template);
    else expect(record['path']).toMatch(template);
    expect(record['client']).toBeNull();
    expect(JSON.stringify(record)).not.toContain('Doe');
  });
});

test.each([
  ['none', null],
  ['network', '127.0.0.0'],
  ['full', expect.stringMatching(/^127\.\d+\.\d+\.\d+$/)],
] as const)('the client address is logged as asked: %s', async (clientAddress, expected) => {
  const at = loopbackAddress();
  const behind = await upstream();
  await run(logged(at, behind, { pathWords: [], clientAddress }), async (haproxy) => {
    await ask(at, 80, '/');
    await sendRaw(at, 80, 'NONSENSE\r\n\r\n');
    for (const record of await records(haproxy, 2)) expect(record['client']).toEqual(expected);
  });
});

test.each([
  ['a name with a blank', 'John Doe'],
  ['a quote', 'a"b'],
  ['a backslash', 'a\\b'],
  ['too long', 'a'.repeat(65)],
  ['empty', ''],
])('a request id that does not look like one is not logged: %s', async (_, id) => {
  const at = loopbackAddress();
  const behind = await upstream({ answer: (__, response) => response.setHeader('x-id', id).end() });
  await run(
    logged(at, behind, { pathWords: [], clientAddress: 'none', requestIdHeader: 'x-id' }),
    async (haproxy) => {
      await ask(at, 80, '/');
      expect((await records(haproxy, 1))[0]?.['request_id']).toBeNull();
    },
  );
});

test('when no server took the request the server is null; when one did, it is named even without an answer', async () => {
  const at = loopbackAddress();
  const behind = await upstream({ answer: (request) => request.socket.destroy() });
  const wanted = logged(at, behind, { pathWords: [], clientAddress: 'none' });
  await run(wanted, async (haproxy) => {
    await ask(at, 80, '/', { method: 'POST', body: 'x' });
    await haproxy.command('disable server live.servers/api-1');
    await ask(at, 80, '/', { method: 'POST', body: 'x' });
    const [broken, none] = await records(haproxy, 2);
    expect(broken).toMatchObject({ server: 'api-1', status: 502 });
    expect(none).toMatchObject({ server: null, status: 503, termination: 'SC' });
  });
});

test('a failed handshake is logged with its reason', async () => {
  const at = loopbackAddress();
  const behind = await upstream();
  await run(logged(at, behind, { pathWords: [], clientAddress: 'none' }), async (haproxy) => {
    await new Promise<void>((resolve) => {
      const socket = connectTls({
        host: at,
        port: 443,
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      socket.once('error', () => resolve());
      socket.once('close', () => resolve());
    });
    const [record] = await records(haproxy, 1);
    expect(record).toMatchObject({ event: 'connection-failed', service: 'live' });
    expect(record?.['tls_error']).toMatch(/unsupported protocol/);
  });
});

describe('whatever a client sends', () => {
  const secret = 'Doe-1970-01-01-MRN99';
  const seeds: readonly string[] = [
    `GET /${secret} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `${secret} / HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET ${secret} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / ${secret} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: ${secret}"\\\r\nUser-Agent: "${secret}\\"\r\nCookie: s=${secret}\r\nAuthorization: Bearer ${secret}\r\n\r\n`,
    `GET /?name=${secret}"\\ HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /v1/Patient?a=${secret} HTTP/1.0\r\n\r\n`,
    `GET / HTTP/9.${secret}\r\nHost: x\r\n\r\n`,
    `POST /${secret} HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\nTransfer-Encoding: chunked\r\n\r\n${secret}`,
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n${secret}`,
    `CONNECT ${secret}:443 HTTP/1.1\r\nHost: x\r\n\r\n`,
    `OPTIONS * HTTP/1.1\r\nHost: ${secret}\r\n\r\n`,
    `GET https://${secret}@x/${secret} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /\u00ff\u00fe${secret} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /\u0000${secret} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${secret}`,
    `\u0016\u0003\u0001\u0002${secret}`,
    `GET /${secret}\r\n`,
    `"\\${secret}`,
  ];

  test('each line is JSON, and nothing the client chose is in it', async () => {
    const at = loopbackAddress();
    const behind = await upstream();
    await run(
      logged(at, behind, { pathWords: words, clientAddress: 'network', requestIdHeader: 'x-id' }),
      async (haproxy) => {
        const inputs = [...seeds.map((text) => Buffer.from(text, 'latin1')), ...mutations(seeds, 400)];
        for (let at0 = 0; at0 < inputs.length; at0 += 20) {
          await Promise.all(inputs.slice(at0, at0 + 20).map((bytes) => sendRaw(at, 80, bytes, 60)));
        }
        await ask(at, 80, '/v7');
        await until('the last request is logged', async () =>
          (await haproxy.logLines()).some((line) => line.includes('/v7')) ? true : undefined,
        );
        const lines = await haproxy.logLines();
        expect(lines.length).toBeGreaterThan(100);
        for (const line of lines) {
          const record = JSON.parse(line) as Record<string, unknown>;
          expect(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'OTHER', undefined]).toContain(
            record['method'],
          );
          expect(record['path'] ?? '').toMatch(
            /^(\/|\{id\}|v[0-9]+|\$export|\.well-known|Patient|R4|metadata|uscore)*$/,
          );
          expect(line).not.toContain('Doe');
        }
        const messages = await haproxy.messages();
        expect(messages).not.toContain('Doe');
      },
    );
  });

  /** Changes bytes of the seeds, the same way in every run. */
  function mutations(texts: readonly string[], count: number): Buffer[] {
    return Array.from({ length: count }, (_, index) => {
      const text = texts[index % texts.length] ?? '';
      const bytes = Buffer.from(text, 'latin1');
      const noise = createHash('sha256').update(`mutation ${index}`).digest();
      for (let step = 0; step < 1 + (index % 4); step += 1) {
        const place = noise.readUInt16BE(step * 2) % Math.min(bytes.length, 40);
        bytes[place] = noise[16 + step] ?? 0;
      }
      // A changed letter may leave a recognisable part, which is all the better for the search.
      return bytes;
    });
  }
});
