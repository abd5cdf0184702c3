import type { dear } from '../../../src/model/dear.ts';
import type { H2loadOptions, HandshakeOptions } from '../data-plane/loads.ts';
import { hostname } from '../data-plane/place.ts';
import { paths } from '../data-plane/workloads.ts';
import type { Difference, KeyKind } from './declared.ts';
import { globally, gzipped, inFrontend, replaced, rules, ruleWithList, udpLog } from './edits.ts';

/** One side: what is declared, and what is changed by hand in what was rendered, for what no declaration can bring about. */
export interface Side extends Difference {
  /** `bare.cfg` in place of what Aorta renders: a request costs less there, and the same microseconds are more times it. */
  readonly bare?: boolean;
  readonly edit?: (haproxyCfg: string) => string;
}

/** A load, by what one unit of it is. */
export type Load =
  | ({ readonly of: 'connection' } & Omit<HandshakeOptions, 'atOnce'>)
  | ({ readonly of: 'request' } & Omit<H2loadOptions, 'body' | 'log'> & {
        /** Requests are POSTs of 700 bytes. */
        readonly writes?: boolean;
        /** Of one sample; absent: by how long it takes. */
        readonly requests?: number;
      })
  | { readonly of: 'check' };

/** What is dear beside what is cheap, under the same load. */
export interface Pair {
  readonly name: string;
  readonly cheap: Side;
  readonly dear: Side;
  readonly load: Load;
  /** What the dear side is loaded with, when that is what is dear. */
  readonly dearLoad?: Load;
  /** What operators are told of it. */
  readonly told?: keyof typeof dear;
}

const connection = { of: 'connection', kind: 'new', path: paths.small } as const satisfies Load;
const small = { of: 'request', version: 'http1', clients: 32, path: paths.small } as const satisfies Load;
const large = { ...small, path: paths.large } as const;
const gzip = ['accept-encoding: gzip'];

const [aes128, aes256] = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'];

/** As many issue it: signed, with a client in it. Its signature is none. */
const token = [
  { alg: 'RS256', typ: 'JWT' },
  { client_id: 'app-17', scope: 'system/*.read', exp: 1 },
]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('x'.repeat(342))
  .join('.');

/** Of a server, where checks are what is measured, in milliseconds. */
export const checkInterval = 100;

/** Clients that ask once a second each, so that servers have nothing to do in between. */
const bursts = { ...small, rate: 1, requests: 320 } as const;

export const pairs: readonly Pair[] = [
  { name: 'the same, connections', cheap: {}, dear: {}, load: connection },
  { name: 'the same, requests', cheap: {}, dear: {}, load: small },
  { name: 'the same, bridging', cheap: { bridging: true }, dear: { bridging: true }, load: small },

  ...[false, true].flatMap((bare): Pair[] => [
    againstRsa('p-256', bare),
    againstRsa('rsa-3072', bare, 'rsa3072'),
    againstRsa('rsa-4096', bare, 'rsa4096'),
    againstRsa('p-384', bare, 'p384'),
    againstRsa('p-521', bare),
    {
      ...{ name: 'key exchange with P-256', cheap: { bare }, dear: { bare } },
      ...{ load: connection, dearLoad: { ...connection, groups: 'P-256' } },
    },
    {
      ...{ name: 'key exchange with P-384', told: 'exchangeP384' },
      ...{ cheap: { bare }, dear: { bare, edit: replaced('X25519:P-256', 'P-384') } },
      ...{ load: connection, dearLoad: { ...connection, groups: 'P-384' } },
    },
    {
      ...{
        name: 'a new connection for each request',
        told: 'newConnection',
        cheap: { bare },
        dear: { bare },
      },
      ...{ load: small, dearLoad: connection },
    },
    {
      ...{ name: 'a new connection for each request, RSA-2048', told: 'newConnection' },
      ...{ cheap: { bare }, dear: { bare, key: 'rsa-2048' }, load: small, dearLoad: connection },
    },
    {
      ...{ name: 'a resumed connection for each request', told: 'resumedConnection' },
      ...{ cheap: { bare }, dear: { bare }, load: small, dearLoad: { ...connection, kind: 'resumed' } },
    },
    serverConnections(false, bare),
    serverConnections(true, bare),
    edited('gzip, 2 KB', bare, gzipped, { ...small, headers: gzip }),
    edited('gzip, 50 KB', bare, gzipped, { ...large, headers: gzip }, 'gzipLarge'),
    edited('TLS records of 1,370 bytes, 2 KB', bare, globally('tune.ssl.maxrecord 1370'), small),
    edited('TLS records of 1,370 bytes, 50 KB', bare, globally('tune.ssl.maxrecord 1370'), large, 'records'),
    edited('buffers of 64 KB', bare, globally('tune.bufsize 65536'), small, 'buffers'),
    edited('buffers of 64 KB, 50 KB', bare, globally('tune.bufsize 65536'), large),
    edited('buffers of 32 KB', bare, globally('tune.bufsize 32768'), small),
    edited('buffers of 32 KB, 50 KB', bare, globally('tune.bufsize 32768'), large),
    edited('ChaCha20', bare, replaced(aes128, 'TLS_CHACHA20_POLY1305_SHA256'), large),
    edited(
      bare ? 'the access log over UDP, by none' : 'the access log over UDP',
      bare,
      udpLog,
      small,
      'udpLog',
    ),
    edited('AES-256-GCM first', bare, replaced(`${aes128}:${aes256}`, `${aes256}:${aes128}`), large),
    {
      ...{ name: '20 rules of paths, by one with a list', load: small },
      ...{ cheap: { bare, edit: inFrontend(ruleWithList(20)) }, dear: { bare, edit: inFrontend(rules(20)) } },
    },
  ]),

  {
    ...{ name: 'a health check over TLS, by a plain one', told: 'tlsCheck', load: { of: 'check' } },
    ...{ cheap: checked('http'), dear: { ...checked('https'), bridging: true } },
  },

  ...[false, true].flatMap((bridging): Pair[] => {
    const way = bridging ? 'bridging' : 'offload';
    const reuse = (connectionReuse: object): Side => ({ bridging, pool: { connectionReuse } });
    return [
      { name: `keepAtLeast: 0, ${way}`, cheap: { bridging }, dear: reuse({ keepAtLeast: 0 }), load: small },
      { name: `idle: 1s, ${way}`, cheap: { bridging }, dear: reuse({ idle: '1s' }), load: small },
      ...['1s', '2s', '5s', '10s'].map(
        (idle): Pair => ({
          name: `idle: ${idle}, a request a second, ${way}`,
          cheap: { bridging },
          dear: reuse({ idle }),
          load: bursts,
        }),
      ),
      {
        name: `idle: 1s and keepAtLeast: 0, a request a second, ${way}`,
        ...{ cheap: { bridging }, dear: reuse({ idle: '1s', keepAtLeast: 0 }), load: bursts },
      },
    ];
  }),

  ...(['http1', 'http2'] as const).map(
    (version): Pair => ({
      name: `unansweredWrites: report, ${version === 'http1' ? 'HTTP/1.1' : 'HTTP/2'}`,
      ...{ cheap: { pool: { retry: { unansweredWrites: 'close' } } }, dear: {} },
      ...{ load: { ...small, version, writes: true }, told: 'reportedWrite' },
    }),
  ),
  limits('perSource', { requests: 1_000_000_000 }, small),
  limits('perClient', { requests: 1_000_000_000 }, { ...small, token }),
  pool('persistence by cookie', { persistence: { type: 'cookie' } }),
  pool('persistence by address', { persistence: { type: 'sourceAddress' } }),
  service('an access list of 1,000 networks', { accessList: { allow: networks(1_000) } }),
  ...[50, 200, 1_000].map(
    (count): Pair => ({
      name: `${count.toLocaleString('en')} more path words`,
      cheap: {},
      dear: { pathWords: words(count) },
      load: small,
    }),
  ),
  ...[20, 100].map(
    (count): Pair => ({
      name: `${count} more long paths`,
      cheap: {},
      dear: { longPaths: words(count).map((word) => `/v1/${word}`) },
      load: small,
    }),
  ),
];

/** Asked as the blueprint asks, and much oftener than a declaration may have it. */
function checked(type: 'http' | 'https'): Side {
  const question = { method: 'GET', path: '/v1/uscore/R4/Patient', host: hostname, expectStatus: [401] };
  return {
    pool: { healthCheck: { type, interval: '500ms', ...question } },
    edit: replaced('check inter 500ms', `check inter ${checkInterval}ms`),
  };
}

function againstRsa(key: KeyKind, bare: boolean, told?: Pair['told']): Pair {
  return {
    ...{ name: `key ${key}, by rsa-2048`, load: connection },
    ...{ cheap: { bare, key: 'rsa-2048' }, dear: { bare, key } },
    ...(told === undefined ? {} : { told }),
  };
}

function serverConnections(bridging: boolean, bare: boolean): Pair {
  return {
    name: `a connection to the server for each request, ${bridging ? 'bridging' : 'offload'}`,
    cheap: { bridging, bare },
    dear: { bridging, bare, edit: replaced('option http-keep-alive', 'option http-server-close') },
    load: small,
    told: bridging ? 'serverTlsConnection' : 'serverConnection',
  };
}

function edited(
  name: string,
  bare: boolean,
  edit: (text: string) => string,
  load: Load,
  told?: Pair['told'],
): Pair {
  return { name, cheap: { bare }, dear: { bare, edit }, load, ...(told === undefined ? {} : { told }) };
}

function limits(kind: 'perSource' | 'perClient', limit: object, load: Load): Pair {
  return { name: kind, cheap: {}, dear: { service: { limits: { [kind]: limit } } }, load };
}

function pool(name: string, difference: object): Pair {
  return { name, cheap: {}, dear: { pool: { ...difference } }, load: small };
}

function service(name: string, difference: object): Pair {
  return { name, cheap: {}, dear: { service: { ...difference } }, load: small };
}

function words(count: number): string[] {
  // The first characters are those of real words, so that some of them begin alike.
  return Array.from({ length: count }, (_, index) => `${String.fromCharCode(65 + (index % 26))}word${index}`);
}

function networks(count: number): string[] {
  const others = Array.from({ length: count - 1 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
  return ['127.0.0.0/8', ...others];
}
