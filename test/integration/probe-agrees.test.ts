// Guards: what is said about a server before a change must be what HAProxy says about it afterwards.
import type { TlsOptions } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import { probeServer } from '../../src/dataplane/system/probe-server.ts';
import type { HaproxyIr } from '../../src/ir/haproxy.ts';
import type { Configuration, ConfiguredPool } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import type { ServerTls } from '../../src/model/server-tls.ts';
import { authority, type Issued, OpensslFixture, type Order, server } from '../../src/pki/openssl-fixture.ts';
import { authoritiesOf, serverProbe } from '../../src/reconcile/server-probe.ts';
import { render } from '../../src/render/render.ts';
import * as golden from '../golden/configurations.ts';
import { makeAuthority } from '../harness/certificates.ts';
import { type RunningHaproxy, withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { answering, type OddServer, startOddServer } from '../harness/odd-servers.ts';
import { until } from '../harness/until.ts';

const apis = 'mtrestapis-live01.stelsewhere.example';
const apps = 'mtrestapps-live01.stelsewhere.example';
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const quick = {
  // All rows are servers of this one process: one finished check of each is enough.
  interval: duration('1s'),
  fastInterval: duration('1s'),
  downInterval: duration('1s'),
  timeout: duration('1s'),
  fall: 1,
  rise: 1,
};
const tcp = { ...golden.tcpCheck, ...quick };
const http = golden.httpCheck('/health', quick);
const https = golden.httpsCheck('/health', quick);

interface Row {
  readonly name: string;
  readonly server: { readonly address: string; readonly port: number };
  readonly check: ConfiguredPool['healthCheck'];
  readonly hostname?: string;
  /** PEM of the authorities; absent: TLS is not verified, or not spoken. */
  readonly trust?: string;
  readonly serverName?: string;
  readonly tls?: 'none';
  /** What is said when it fails; absent when it must pass. */
  readonly fails?: string | RegExp;
}

let pki: OpensslFixture;
let root: Issued;
let middle: Issued;
let stranger: Issued;
beforeAll(() => {
  pki = new OpensslFixture();
  root = pki.issue({ subject: '/CN=Hospital Root', extensions: authority });
  middle = pki.issue({ subject: '/CN=Hospital Issuing', issuer: root, extensions: authority });
  stranger = pki.issue({ subject: '/CN=Stranger Root', extensions: authority });
});
afterAll(() => pki.close());

/** A TLS server that answers every request well, with a certificate of the order. */
function secure(order: Partial<Order> = {}, options: TlsOptions = {}, chain: readonly Issued[] = []) {
  const leaf = pki.issue({ subject: '/CN=api', issuer: root, extensions: server(apis), ...order });
  const cert = [leaf, ...chain].map(({ certificate }) => certificate).join('');
  return startOddServer({ tls: { cert, key: leaf.key, ...options }, talk: answering(ok) });
}

async function plainRows(): Promise<Row[]> {
  const silent = await startOddServer();
  const good = await startOddServer({ talk: answering(ok) });
  const nobody = { address: loopbackAddress(), port: 9 };
  const answers = async (
    name: string,
    text: string,
    fails?: string | RegExp,
    check = http,
  ): Promise<Row> => ({
    name,
    server: await startOddServer({ talk: answering(text, 'stay') }),
    check,
    ...(fails === undefined ? {} : { fails }),
  });
  const further = (port: number) => ({ alsoPort: { port: golden.port(port) } });
  const closed = 'its port 9 does not accept connections: the server refuses connections';
  const notHttp = 'what answers the health check is not HTTP';
  return [
    { name: 'nobody listens, tcp', server: nobody, check: tcp, fails: 'the server refuses connections' },
    { name: 'nobody listens, http', server: nobody, check: http, fails: 'the server refuses connections' },
    {
      name: 'silent, http',
      server: silent,
      check: http,
      fails: /^the health check was not answered within \d+ ms$/,
    },
    { name: 'silent, tcp', server: silent, check: tcp },
    { name: 'good, http', server: good, check: http },
    { name: 'good, with a Host header', server: good, check: http, hostname: apis },
    { name: 'good, HEAD', server: good, check: { ...http, method: 'HEAD' } },
    {
      name: 'good, another port',
      server: { ...nobody, address: good.address },
      check: { ...http, port: golden.port(good.port) },
    },
    { name: 'further port open, tcp', server: good, check: { ...tcp, ...further(good.port) } },
    { name: 'further port open, http', server: good, check: { ...http, ...further(good.port) } },
    { name: 'further port closed, tcp', server: good, check: { ...tcp, ...further(9) }, fails: closed },
    { name: 'further port closed, http', server: good, check: { ...http, ...further(9) }, fails: closed },
    {
      name: 'both ports closed',
      server: nobody,
      check: { ...http, ...further(9) },
      fails: 'the server refuses connections',
    },
    { name: 'IPv6', server: await startOddServer({ address: '::1', talk: answering(ok) }), check: http },
    await answers('500', 'HTTP/1.1 500 Bad\r\n\r\n', 'the health check was answered with 500 instead of 200'),
    await answers(
      '404 for several',
      'HTTP/1.1 404 No\r\n\r\n',
      'the health check was answered with 404 instead of 200 or 204',
      { ...http, expectStatus: [204, 200] },
    ),
    await answers('204 for several', 'HTTP/1.1 204 No\r\n\r\n', undefined, {
      ...http,
      expectStatus: [204, 200],
    }),
    await answers('a body that never comes', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n'),
    await answers(
      'a body that is too large',
      `HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(100_000)}`,
    ),
    await answers('no reason phrase', 'HTTP/1.1 200\r\n\r\n'),
    await answers('HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\n'),
    await answers('lines without carriage return', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'),
    await answers('a banner', '220 mail.stelsewhere.example\r\n', notHttp),
    await answers('a header that is none', 'HTTP/1.1 200 OK\r\nno header\r\n\r\n', notHttp),
    await answers('a head that is too long', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, notHttp),
    await answers(
      'a head that never ends',
      'HTTP/1.1 200 OK\r\nx: y\r\n',
      /^the health check was not answered within/,
    ),
    {
      name: 'ends without an answer',
      server: await startOddServer({ talk: (socket) => void socket.once('data', () => socket.end()) }),
      check: http,
      fails: 'the server closes the connection without answering the health check',
    },
    {
      name: 'resets',
      server: await startOddServer({ talk: answering('', 'reset') }),
      check: http,
      fails: 'the server closes the connection without answering the health check',
    },
    {
      name: 'slow, but in time',
      server: await startOddServer({
        talk: (socket) => void socket.once('data', () => setTimeout(() => socket.end(ok), 400)),
      }),
      check: http,
    },
  ];
}

async function tlsRows(): Promise<Row[]> {
  const trust = root.certificate;
  const verified = { check: https, trust } as const;
  const good = await secure();
  const expired = await (async () => {
    const issuer = await makeAuthority();
    const { certificate, key } = await issuer.issue([apis], 'expired');
    const odd = await startOddServer({ tls: { cert: certificate, key }, talk: answering(ok) });
    return { server: odd, trust: issuer.material.certificates.join('') };
  })();
  const bySni = await secure({ extensions: server(apps) });
  const selfSigned = pki.issue({ subject: '/CN=Self', extensions: server(apis) });
  const unknown = /^the certificate was issued by an unknown authority/;
  const alien = (name: string) => `the certificate does not cover ${apis} (it covers ${name})`;
  const notOurs = await secure({ issuer: stranger });
  const rsa = (bits: number) => ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`];
  return [
    { ...verified, name: 'good', server: good },
    { ...verified, name: 'good, RSA', server: await secure({ keyKind: rsa(2048) }) },
    { ...verified, name: 'good, TLS 1.2', server: await secure({}, { maxVersion: 'TLSv1.2' }) },
    { ...verified, name: 'good, with its chain', server: await secure({ issuer: middle }, {}, [middle]) },
    {
      ...verified,
      name: 'good, IPv6',
      server: await (async () => {
        const leaf = pki.issue({ subject: '/CN=api', issuer: root, extensions: server(apis) });
        return startOddServer({
          address: '::1',
          tls: { cert: leaf.certificate, key: leaf.key },
          talk: answering(ok),
        });
      })(),
    },
    {
      ...verified,
      name: 'http check of a TLS server',
      server: good,
      check: http,
      fails: /not HTTP|without answering/,
    },
    { ...verified, name: 'tcp check of a TLS server', server: notOurs, check: tcp },
    {
      ...verified,
      name: 'nobody listens',
      server: { address: loopbackAddress(), port: 9 },
      fails: 'the server refuses connections',
    },
    {
      ...verified,
      name: 'silent',
      server: await startOddServer(),
      fails: /does not answer a TLS handshake within/,
    },
    {
      ...verified,
      name: 'plain',
      server: await startOddServer({ talk: answering('HTTP/1.1 400 Bad\r\n\r\n') }),
      fails: 'the server does not speak TLS on this port',
    },
    {
      ...verified,
      name: 'hangs up',
      server: await startOddServer({ talk: (socket) => void socket.once('data', () => socket.end()) }),
      fails: 'the server closes the connection during the TLS handshake',
    },
    { ...verified, name: 'expired', ...expired, fails: 'the certificate expired on 2020-02-01' },
    { ...verified, name: 'wrong name', server: bySni, fails: alien(apps) },
    {
      ...verified,
      name: 'the name that the check asks for',
      server: bySni,
      check: { ...https, sni: golden.hostname(apps) },
    },
    {
      ...verified,
      name: 'further port is plain and open',
      server: good,
      check: { ...https, alsoPort: { port: golden.port(good.port) } },
    },
    {
      ...verified,
      name: 'further port closed, https',
      server: good,
      check: { ...https, alsoPort: { port: golden.port(9) } },
      fails: 'its port 9 does not accept connections: the server refuses connections',
    },
    {
      ...verified,
      name: 'not the name that the check asks for',
      server: good,
      check: { ...https, sni: golden.hostname(apps) },
      fails: `the certificate does not cover ${apps} (it covers ${apis})`,
    },
    { ...verified, name: 'wildcard', server: await secure({ extensions: server('*.stelsewhere.example') }) },
    {
      ...verified,
      name: 'wildcard of another level',
      server: await secure({ extensions: server('*.example') }),
      fails: alien('*.example'),
    },
    {
      ...verified,
      name: 'wildcard below a top-level domain',
      serverName: 'api.example',
      server: await secure({ extensions: server('*.example') }),
    },
    {
      ...verified,
      name: 'wildcard for a part of a label',
      server: await secure({ extensions: server('mtrest*-live01.stelsewhere.example') }),
    },
    {
      ...verified,
      name: 'two wildcards in a label',
      server: await secure({ extensions: server('m*t*.stelsewhere.example') }),
      fails: alien('m*t*.stelsewhere.example'),
    },
    {
      ...verified,
      name: 'upper case',
      server: await secure({ extensions: server(apis.toUpperCase()) }),
    },
    {
      ...verified,
      name: 'common name only',
      server: await secure({ subject: `/CN=${apis}`, extensions: ['extendedKeyUsage=serverAuth'] }),
    },
    {
      ...verified,
      name: 'common name beside another name',
      server: await secure({ subject: `/CN=${apis}`, extensions: server(apps) }),
    },
    { ...verified, name: 'unknown authority', server: notOurs, fails: unknown },
    { ...verified, name: 'incomplete chain', server: await secure({ issuer: middle }), fails: unknown },
    {
      ...verified,
      name: 'only an intermediate is trusted',
      trust: middle.certificate,
      server: await secure({ issuer: middle }),
      fails: unknown,
    },
    {
      ...verified,
      name: 'self-signed',
      server: await startOddServer({
        tls: { cert: selfSigned.certificate, key: selfSigned.key },
        talk: answering(ok),
      }),
      fails: /^the certificate is self-signed/,
    },
    {
      ...verified,
      name: 'for clients only',
      server: await secure({ extensions: ['extendedKeyUsage=clientAuth', `subjectAltName=DNS:${apis}`] }),
      fails: 'the certificate is not meant for TLS servers',
    },
    {
      ...verified,
      name: 'short key',
      server: await secure({ keyKind: rsa(1024) }, { ciphers: 'DEFAULT:@SECLEVEL=0' }),
      fails: /key|trusted|handshake/,
    },
    {
      ...verified,
      name: 'SHA-1',
      server: await secure({ digest: '-sha1' }, { ciphers: 'DEFAULT:@SECLEVEL=0' }),
      fails: /trusted|handshake/,
    },
    {
      ...verified,
      name: 'TLS 1.1',
      server: await secure(
        {},
        { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' },
      ),
      fails: /too old/,
    },
    {
      ...verified,
      name: 'CBC only',
      server: await secure(
        { keyKind: rsa(2048) },
        { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA256' },
      ),
      fails: 'the server shares no TLS version or cipher with the balancer',
    },
    { ...verified, name: 'P-384 only', server: await secure({}, { ecdhCurve: 'P-384' }) },
    {
      ...verified,
      name: 'demands a certificate',
      server: await secure({}, { requestCert: true, rejectUnauthorized: true, ca: [trust] }),
      fails: /demands a certificate|closes the connection/,
    },
    { name: 'not verified', tls: 'none', check: https, server: expired.server },
    {
      name: 'not verified, 200 is not enough',
      tls: 'none',
      check: { ...https, expectStatus: [204] },
      server: notOurs,
      fails: /answered with 200 instead of 204/,
    },
    {
      name: 'not verified, silent after the handshake',
      tls: 'none',
      check: https,
      server: await startOddServer({ tls: { cert: selfSigned.certificate, key: selfSigned.key } }),
      fails: /was not answered within/,
    },
  ];
}

/** One service for each row, so that one HAProxy checks all of them. */
function configurationOf(rows: readonly Row[]): Configuration {
  const at = loopbackAddress();
  const name = (index: number) => `row-${index}`;
  const services = rows.map((row, index) => {
    const tls: ServerTls | undefined =
      row.trust === undefined
        ? row.tls && { verify: 'none', reason: 'A synthetic estate.' }
        : {
            verify: 'required',
            authority: golden.name(name(index)),
            serverName: golden.hostname(row.serverName ?? apis),
          };
    return golden.service(
      name(index),
      [golden.httpListener(at, 1000 + index)],
      {
        servers: [golden.server('api-1', row.server.address, row.server.port)],
        healthCheck: row.check,
        ...(tls === undefined ? {} : { tls }),
      },
      {
        maxConnections: 10,
        ...(row.hostname === undefined ? {} : { hostnames: [golden.hostname(row.hostname)] }),
      },
    );
  });
  const authorities = rows.flatMap(({ trust }, index) =>
    trust === undefined
      ? []
      : [
          {
            name: golden.name(name(index)),
            path: ['authorities', name(index)],
            material: { certificates: [trust], facts: [] },
          },
        ],
  );
  return golden.configuration(services, { authorities });
}

async function haproxySays(haproxy: RunningHaproxy, index: number): Promise<string> {
  return until(`a finished check of row ${index}`, async () => {
    const [head = '', ...lines] = (await haproxy.command('show stat')).split('\n');
    const columns = head.replace(/^# /, '').split(',');
    const cells = lines
      .map((line) => line.split(','))
      .find(([backend, name]) => backend === `row-${index}.servers` && name === 'api-1');
    const check = cells?.[columns.indexOf('check_status')] ?? '';
    return check === '' || check === 'INI' || check.startsWith('*') ? undefined : check;
  });
}

test.each([
  ['plain', plainRows],
  ['TLS', tlsRows],
])(
  'a probe says of a %s server what a health check of HAProxy says',
  async (_, make) => {
    const rows = await make();
    const configuration = configurationOf(rows);
    let ir: HaproxyIr | undefined;
    await withHaproxy(
      (node) => {
        ir = compile(configuration, node);
        return render(ir);
      },
      async (haproxy) => {
        for (const [index, row] of rows.entries()) {
          const backend = ir?.backends.find(({ name }) => name === `row-${index}.servers`);
          const [one] = backend?.servers ?? [];
          if (ir === undefined || backend === undefined || one === undefined) throw new Error(row.name);
          const probe = serverProbe(backend, one, authoritiesOf(ir));
          const said = await probeServer(probe, backend.timeouts.check, systemClock);
          const check = await haproxySays(haproxy, index);
          expect.soft(check.endsWith('OK'), `${row.name}: ${check}`).toBe(said.kind === 'passed');
          const wanted =
            row.fails === undefined
              ? { kind: 'passed' }
              : {
                  kind: 'failed',
                  what: typeof row.fails === 'string' ? row.fails : expect.stringMatching(row.fails),
                };
          expect.soft(said, row.name).toEqual(wanted);
        }
      },
    );
    expect.hasAssertions();
  },
  60_000,
);

test('a probe sends byte for byte what a health check of HAProxy sends', async () => {
  const servers: OddServer[] = [];
  const rows: Row[] = [];
  for (const method of ['GET', 'HEAD', 'OPTIONS'] as const)
    for (const hostname of [undefined, apis]) {
      const odd = await startOddServer({ talk: answering(ok) });
      servers.push(odd);
      const check = { ...http, method, path: "/v1/it's,(a)%20path" };
      rows.push({ name: method, server: odd, check, ...(hostname === undefined ? {} : { hostname }) });
    }
  const configuration = configurationOf(rows);
  let ir: HaproxyIr | undefined;
  await withHaproxy(
    (node) => {
      ir = compile(configuration, node);
      return render(ir);
    },
    async (haproxy) => {
      for (const index of rows.keys()) await haproxySays(haproxy, index);
    },
  );
  for (const [index, odd] of servers.entries()) {
    const backend = ir?.backends.find(({ name }) => name === `row-${index}.servers`);
    const [one] = backend?.servers ?? [];
    if (backend === undefined || one === undefined) throw new Error('no such row');
    const asked = odd.received.filter((text) => text !== '').at(-1);
    await probeServer(serverProbe(backend, one, new Map()), 5_000, systemClock);
    expect(asked).toContain('/v1/');
    expect(odd.received.at(-1)).toBe(asked);
  }
});
