import { createHash } from 'node:crypto';
import { connect as connectHttp2, constants as http2 } from 'node:http2';
import { connect } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { Configuration, ConfiguredService } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import { render } from '../../src/render/render.ts';
import {
  configuration,
  httpListener,
  httpsListener,
  name,
  network,
  server,
  service,
} from '../golden/configurations.ts';
import { type Answer, ask, askHttp2, sendRaw } from '../harness/ask.ts';
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

async function upstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const started = await startUpstream(options);
  onTestFinished(() => started.close());
  return started;
}

function front(at: string, behind: Upstream, rest: Partial<ConfiguredService> = {}): Configuration {
  const listeners = [httpListener(at, 80), httpsListener(at, 443, 'apis')];
  const servers = [server('api-1', behind.address, behind.port)];
  return configuration([service('live', listeners, { servers }, rest)], {
    certificates: [{ name: name('apis'), path: ['certificates', 'apis'], material: certificate.material }],
  });
}

function run(wanted: Configuration, use: (haproxy: RunningHaproxy) => Promise<void>): Promise<void> {
  return withHaproxy((node) => render(compile(wanted, node)), use);
}

function tls() {
  return { ca: authority.material.certificates[0] ?? '', servername: apis };
}

describe('a write over TLS', () => {
  test.each([
    ['HTTP/2', askHttp2],
    ['HTTP/1.1', ask],
  ])(
    '%s: the server learns the client and its way, and the browser is told to come back by https',
    async (_, send) => {
      const at = loopbackAddress();
      const behind = await upstream();
      const host: Record<string, string> = send === ask ? { host: apis } : { ':authority': apis };
      await run(front(at, behind, { hstsMaxAge: duration('1h') }), async (haproxy) => {
        const forged = {
          forwarded: 'for=6.6.6.6',
          'x-forwarded-for': '6.6.6.6',
          'x-forwarded-proto': 'http',
          'x-forwarded-port': '1',
        };
        const question = { method: 'POST', body: '{}', tls: tls(), headers: { ...host, ...forged } };
        const answer: Answer = await send(at, 443, '/v1', question);
        expect(answer).toMatchObject({
          status: 200,
          headers: { 'strict-transport-security': 'max-age=3600' },
        });
        const [line] = await until('the log line', async () => {
          const lines = await haproxy.logLines();
          return lines.length > 0 ? lines : undefined;
        });
        expect(JSON.parse(line ?? '')).toMatchObject({
          tls_version: 'TLSv1.3',
          http_version: send === ask ? 1 : 2,
        });
        const plain = await ask(at, 80, '/v1', { method: 'POST', body: '{}' });
        expect(plain.headers['strict-transport-security']).toBeUndefined();
      });
      const [received, plain] = behind.requests;
      expect(received?.headers).toMatchObject({
        host: apis,
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-port': '443',
        'x-forwarded-host': apis,
      });
      expect(received?.headers).not.toHaveProperty('forwarded');
      expect(plain?.headers).toMatchObject({ 'x-forwarded-proto': 'http', 'x-forwarded-port': '80' });
    },
  );

  test('is refused by the access list before it takes the hop', async () => {
    const at = loopbackAddress();
    const behind = await upstream();
    await run(front(at, behind, { allow: [network('192.0.2.0/24')] }), async () => {
      expect((await ask(at, 80, '/', { method: 'POST', body: '{}' })).status).toBe(403);
    });
    expect(behind.requests).toEqual([]);
  });
});

const shortTimes: ConfiguredService['timeouts'] = {
  connect: duration('300ms'),
  request: duration('1s'),
  keepAlive: duration('1s'),
  client: duration('500ms'),
  server: duration('500ms'),
  queue: duration('300ms'),
  tunnel: duration('1h'),
};

/** Answers with the size and the fingerprint of what it got, and with the trailers that it got. */
const digesting: UpstreamOptions = {
  answer: (request, response) => {
    const hash = createHash('sha256');
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      hash.update(part);
    });
    request.on('end', () => {
      response.setHeader('x-trailers', JSON.stringify(request.trailers));
      response.end(`${size} ${hash.digest('hex')}`);
    });
  },
};

describe('bodies', () => {
  test('50 MB arrive as they were sent', async () => {
    const at = loopbackAddress();
    const behind = await upstream(digesting);
    const body = 'record '.repeat(7_500_000);
    const expected = `${body.length} ${createHash('sha256').update(body).digest('hex')}`;
    await run(front(at, behind), async () => {
      expect((await ask(at, 80, '/', { method: 'POST', body })).body).toBe(expected);
      expect((await askHttp2(at, 443, '/', { method: 'POST', body, tls: tls() })).body).toBe(expected);
    });
    expect(behind.requests).toHaveLength(2);
  });

  test('a slow upload takes longer than any single time limit, and arrives', async () => {
    const at = loopbackAddress();
    const behind = await upstream(digesting);
    await run(front(at, behind, { timeouts: shortTimes }), async () => {
      const part = 'x'.repeat(20_000);
      const begin = performance.now();
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connect(80, at);
        let received = '';
        let sent = 0;
        socket.on('error', reject);
        socket.on('data', (text) => {
          received += text.toString();
          if (/fine|\r\n\r\n./s.test(received)) socket.destroy();
        });
        socket.on('close', () => resolve(received));
        socket.write(`POST / HTTP/1.1\r\nHost: x.example\r\nContent-Length: ${part.length * 12}\r\n\r\n`);
        const next = () => {
          if (sent === 12) return;
          sent += 1;
          socket.write(part);
          setTimeout(next, 100);
        };
        next();
      });
      expect(answer).toMatch(/^HTTP\/1.1 200/);
      expect(performance.now() - begin).toBeGreaterThan(1_000);
    });
  });

  test('a body that stalls in its first part gets the JSON 408, and was never sent', async () => {
    const at = loopbackAddress();
    const behind = await upstream();
    await run(front(at, behind, { timeouts: shortTimes }), async () => {
      const answer = await sendRaw(
        at,
        80,
        'POST / HTTP/1.1\r\nHost: x.example\r\nContent-Length: 100\r\n\r\nhalf',
      );
      expect(answer).toMatch(/^HTTP\/1.1 408/);
      expect(answer).toContain('"retry":"safe"');
    });
    expect(behind.requests).toEqual([]);
  });

  test('a client that asks whether to go on is told so once, and the server is not asked', async () => {
    const at = loopbackAddress();
    const behind = await upstream(digesting);
    await run(front(at, behind), async () => {
      const head =
        'POST / HTTP/1.1\r\nHost: x.example\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 4\r\n\r\n';
      const received = await new Promise<string>((resolve, reject) => {
        const socket = connect(80, at);
        let text = '';
        socket.on('error', reject);
        socket.on('data', (part) => {
          text += part.toString();
          if (/^HTTP\/1.1 100 Continue\r\n\r\n$/.test(text)) socket.write('body');
        });
        socket.on('close', () => resolve(text));
        socket.write(head);
      });
      expect(received.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
    });
    expect(behind.requests[0]?.headers).not.toHaveProperty('expect');
  });

  test('trailers pass in both directions', async () => {
    const at = loopbackAddress();
    const behind = await upstream({
      answer: (request, response) => {
        request.resume();
        request.on('end', () => {
          response.writeHead(200, { trailer: 'x-after', 'x-trailers': JSON.stringify(request.trailers) });
          response.write('body');
          response.addTrailers({ 'x-after': 'yes' });
          response.end();
        });
      },
    });
    await run(front(at, behind), async () => {
      const raw =
        'POST / HTTP/1.1\r\nHost: x.example\r\nTE: trailers\r\nConnection: close\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nx-sum: 7\r\n\r\n';
      const answer = await sendRaw(at, 80, raw);
      expect(answer).toContain('x-trailers: {"x-sum":"7"}');
      expect(answer).toMatch(/\r\n0\r\nx-after: yes\r\n\r\n$/);
      const over2 = await trailersOverHttp2(at);
      expect(over2).toEqual({ sent: '{"x-sum":"7"}', got: 'yes' });
    });
  });

  test('a request with as many headers as one without a hop may have', async () => {
    const at = loopbackAddress();
    const behind = await upstream();
    const statuses = (method: string) => async () => {
      const found: number[] = [];
      for (const size of [8_000, 12_000, 14_000, 14_500]) {
        found.push(
          (
            await ask(at, 80, '/', {
              method,
              headers: { 'x-large': 'x'.repeat(size), 'content-length': '0' },
            })
          ).status,
        );
      }
      return found;
    };
    await run(front(at, behind), async () => {
      expect(await statuses('POST')()).toEqual(await statuses('GET')());
    });
  });
});

function trailersOverHttp2(at: string): Promise<{ sent: unknown; got: unknown }> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`http://${at}:80`);
    session.once('error', reject);
    const stream = session.request(
      { ':method': 'POST', ':path': '/', te: 'trailers' },
      { waitForTrailers: true },
    );
    let sent: unknown;
    let got: unknown;
    stream.once('error', reject);
    stream.once('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7' }));
    stream.once('response', (headers) => {
      sent = headers['x-trailers'];
    });
    stream.once('trailers', (headers) => {
      got = headers['x-after'];
    });
    stream.resume();
    stream.once('close', () => {
      session.close();
      if (stream.rstCode !== http2.NGHTTP2_NO_ERROR) reject(new Error(`code ${stream.rstCode}`));
      else resolve({ sent, got });
    });
    stream.end('body');
  });
}
