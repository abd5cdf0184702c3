import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { Configuration } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import { render } from '../../src/render/render.ts';
import {
  configuration,
  hostname,
  httpListener,
  httpsListener,
  name,
  network,
  redirectListener,
  server,
  service,
} from '../golden/configurations.ts';
import { ask, askHttp2, sendRaw } from '../harness/ask.ts';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../harness/certificates.ts';
import { withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { startUpstream, type Upstream, type UpstreamOptions } from '../harness/upstream.ts';

const apis = 'apis.stelsewhere.example';
const apps = 'apps.stelsewhere.example';

let authority: TestAuthority;
let apisCertificate: TestCertificate;
let appsCertificate: TestCertificate;
beforeAll(async () => {
  authority = await makeAuthority();
  apisCertificate = await authority.issue([apis]);
  appsCertificate = await authority.issue([apps]);
});

function withConfiguration(wanted: Configuration, use: () => Promise<void>): Promise<void> {
  return withHaproxy((node) => render(compile(wanted, node)), use);
}

async function upstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const started = await startUpstream(options);
  onTestFinished(() => started.close());
  return started;
}

/** http on 80, https on 443, redirects on 81 and 82, and everything that may be added to an answer. */
function everything(at: string, behind: Upstream, rest: Parameters<typeof service>[3] = {}): Configuration {
  return configuration(
    [
      service(
        'live',
        [
          httpListener(at, 80),
          redirectListener(at, 81, port443),
          redirectListener(at, 82, 8443),
          httpsListener(at, 443, 'apis', 'apps'),
        ],
        { servers: [server('api-1', behind.address, behind.port)] },
        { hostnames: [hostname(apis), hostname(apps)], hstsMaxAge: duration('365d'), ...rest },
      ),
    ],
    {
      certificates: [
        { name: name('apis'), path: ['certificates', 'apis'], material: apisCertificate.material },
        { name: name('apps'), path: ['certificates', 'apps'], material: appsCertificate.material },
      ],
    },
  );
}
const port443 = 443;

describe('headers to the server', () => {
  const lies = {
    host: 'made-up.example:99',
    forwarded: 'for=192.0.2.1',
    'x-forwarded-for': '192.0.2.1',
    'x-forwarded-proto': 'gopher',
    'x-forwarded-host': 'liar.example',
    'x-forwarded-port': '1',
    'x-forwarded-client-cert': 'liar',
    'x-other': 'kept',
  };

  test('what a client says about its way is replaced by what is known', async () => {
    const at = loopbackAddress();
    const behind = await upstream();
    await withConfiguration(everything(at, behind), async () => {
      await ask(at, 80, '/', { headers: lies });
      await ask(at, 443, '/', { headers: lies, tls: { ca: authorityPem(), servername: apis } });
      const { host, ...others } = lies;
      await askHttp2(at, 443, '/', {
        headers: { ':authority': host, ...others },
        tls: { ca: authorityPem(), servername: apis },
      });
    });
    expect(behind.requests).toHaveLength(3);
    for (const [index, { headers }] of behind.requests.entries()) {
      const { forwarded, host, ...rest } = headers;
      expect(forwarded).toBeUndefined();
      expect(host).toBe('made-up.example:99');
      expect(rest['x-forwarded-for']).toMatch(/^127\./);
      expect(rest['x-forwarded-proto']).toBe(index === 0 ? 'http' : 'https');
      expect(rest['x-forwarded-host']).toBe('made-up.example:99');
      expect(rest['x-forwarded-port']).toBe(index === 0 ? '80' : '443');
      expect(rest['x-forwarded-client-cert']).toBeUndefined();
      expect(rest['x-other']).toBe('kept');
    }
  });

  // Guards against a URL that a vendor's client sends and a stricter parser would refuse.
  test.each(['|', '\\', '^', '{', '}', '"', '<', '>', '`', ':', '$', "'", '%zz', '%', '[', '~'])(
    'a raw %s in a query arrives as it was sent',
    async (odd) => {
      const at = loopbackAddress();
      const behind = await upstream();
      await withConfiguration(everything(at, behind), async () => {
        await sendRaw(
          at,
          80,
          `GET /v1/Patient?name=a${odd}b HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n`,
        );
        await askHttp2(at, 80, `/v1/Patient?name=a${odd}b`);
      });
      expect(behind.requests.map(({ url }) => url)).toEqual([
        `/v1/Patient?name=a${odd}b`,
        `/v1/Patient?name=a${odd}b`,
      ]);
    },
  );
});

describe('headers to the client', () => {
  test('strict transport security is added over https only and never twice', async () => {
    const at = loopbackAddress();
    const behind = await upstream({
      answer: (request, response) => {
        if (request.url === '/own') response.setHeader('Strict-Transport-Security', 'max-age=7');
        response.end();
      },
    });
    await withConfiguration(everything(at, behind), async () => {
      const header = async (port: number, path: string) =>
        (await ask(at, port, path, port === 443 ? { tls: { ca: authorityPem(), servername: apis } } : {}))
          .headers['strict-transport-security'];
      expect(await header(443, '/')).toBe('max-age=31536000');
      expect(await header(443, '/own')).toBe('max-age=7');
      expect(await header(80, '/')).toBeUndefined();
    });
  });
});

describe('TLS to clients', () => {
  const certificateNames = async (at: string, servername: string) => {
    const answer = await ask(at, 443, '/', { tls: { ca: authorityPem(), servername } });
    return answer.status;
  };

  test('each name gets its certificate, and old versions are refused', async () => {
    const at = loopbackAddress();
    const behind = await upstream();
    await withConfiguration(everything(at, behind), async () => {
      expect(await certificateNames(at, apis)).toBe(200);
      expect(await certificateNames(at, apps)).toBe(200);
      const with11 = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      const old = ask(at, 443, '/', { tls: { ca: authorityPem(), servername: apis, options: with11 } });
      await expect(old).rejects.toThrow(/protocol version/);
      const cbc = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' } as const;
      const weak = ask(at, 443, '/', { tls: { ca: authorityPem(), servername: apis, options: cbc } });
      await expect(weak).rejects.toThrow(/handshake failure/);
    });
  });
});

describe('redirect', () => {
  test.each([
    ['GET', 81, apis, '/v1/a%20b?q=1|2&x=%', `https://${apis}/v1/a%20b?q=1|2&x=%`, 301],
    ['HEAD', 81, apps.toUpperCase(), '/', `https://${apps}/`, 301],
    ['POST', 81, `${apps}:81`, '/token', `https://${apps}/token`, 308],
    ['DELETE', 82, apis, '/', `https://${apis}:8443/`, 308],
    ['GET', 81, 'evil.example', '//evil.example/x', `https://${apis}//evil.example/x`, 301],
    ['OPTIONS', 81, apis, '*', undefined, undefined],
  ])('%s to port %i as %s for %s', async (method, port, host, path, location, status) => {
    const at = loopbackAddress();
    const behind = await upstream();
    await withConfiguration(everything(at, behind), async () => {
      const answer = await sendRaw(
        at,
        port,
        `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      if (status === undefined) {
        expect(answer).toMatch(/^HTTP\/1\.1 (308|400)/);
        expect(answer).not.toContain('evil');
      } else {
        expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
        expect(/^location: (.*)\r$/m.exec(answer)?.[1]).toBe(location);
      }
    });
    expect(behind.requests).toHaveLength(0);
  });

  test.each([
    ['other.example', 'https://other.example/x'],
    ['other.example:8080', 'https://other.example/x'],
    ['[2001:db8::1]:8080', 'https://[2001:db8::1]/x'],
    ['a b', undefined],
    ['a"b', undefined],
    ['user@evil.example', undefined],
    ['evil.example/..', undefined],
    ['', undefined],
  ])('a service without names keeps a sound name of the client: %s', async (host, location) => {
    const at = loopbackAddress();
    const behind = await upstream();
    await withConfiguration(everything(at, behind, { hostnames: [] }), async () => {
      const answer = await sendRaw(at, 81, `GET /x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(/^location: (.*)\r$/m.exec(answer)?.[1]).toBe(location);
      if (location === undefined) expect(answer).toMatch(/^HTTP\/1.1 400/);
    });
  });
});

describe('access list', () => {
  test.each([
    ['127.0.0.0/8', 200],
    ['10.0.0.0/8', 403],
  ])('with %s allowed a client on loopback gets %i', async (allowed, status) => {
    const at = loopbackAddress();
    const behind = await upstream();
    await withConfiguration(everything(at, behind, { allow: [network(allowed)] }), async () => {
      const answer = await ask(at, 80, '/');
      expect(answer.status).toBe(status);
      if (status === 403)
        expect(JSON.parse(answer.body)).toMatchObject({ error: 'source-not-allowed', retry: 'useless' });
    });
    expect(behind.requests).toHaveLength(status === 200 ? 1 : 0);
  });
});

function authorityPem(): string {
  return authority.material.certificates[0] ?? '';
}
