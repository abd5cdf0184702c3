import type { H2loadOptions, HandshakeOptions } from '../data-plane/loads.ts';
import { paths } from '../data-plane/workloads.ts';
import type { Difference, KeyKind } from './declared.ts';

/** One side: what is declared, and what is changed by hand in what was rendered, for what no declaration can bring about. */
export interface Side extends Difference {
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
      });

/** What is dear beside what is cheap, under the same load. */
export interface Pair {
  readonly name: string;
  readonly cheap: Side;
  readonly dear: Side;
  readonly load: Load;
  /** What the dear side is loaded with, when that is what is dear. */
  readonly dearLoad?: Load;
}

const connection = { of: 'connection', kind: 'new', path: paths.small } as const satisfies Load;
const small = { of: 'request', version: 'http1', clients: 32, path: paths.small } as const satisfies Load;
const large = { ...small, path: paths.large } as const;
const gzip = ['accept-encoding: gzip'];

/** As many issue it: signed, with a client in it. Its signature is none. */
const token = [
  { alg: 'RS256', typ: 'JWT' },
  { client_id: 'app-17', scope: 'system/*.read', exp: 1 },
]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('x'.repeat(342))
  .join('.');

/** Clients that ask once a second each, so that servers have nothing to do in between. */
const bursts = { ...small, rate: 1, requests: 320 } as const;

export const pairs: readonly Pair[] = [
  { name: 'the same, connections', cheap: {}, dear: {}, load: connection },
  { name: 'the same, requests', cheap: {}, dear: {}, load: small },
  { name: 'the same, bridging', cheap: { bridging: true }, dear: { bridging: true }, load: small },

  ...(['p-256', 'rsa-3072', 'rsa-4096', 'p-384', 'p-521'] as const).map((key) => againstRsa(key)),
  {
    name: 'key exchange with P-256',
    cheap: {},
    dear: {},
    load: connection,
    dearLoad: { ...connection, groups: 'P-256' },
  },
  {
    name: 'key exchange with P-384',
    cheap: {},
    dear: { edit: replaced('X25519:P-256', 'P-384') },
    load: connection,
    dearLoad: { ...connection, groups: 'P-384' },
  },
  { name: 'a new connection for each request', cheap: {}, dear: {}, load: small, dearLoad: connection },
  {
    name: 'a resumed connection for each request',
    ...{ cheap: {}, dear: {}, load: small, dearLoad: { ...connection, kind: 'resumed' } },
  },

  ...([false, true] as const).flatMap((bridging): Pair[] => {
    const way = bridging ? 'bridging' : 'offload';
    const reuse = (connectionReuse: object): Side => ({ bridging, pool: { connectionReuse } });
    return [
      {
        name: `a connection to the server for each request, ${way}`,
        cheap: { bridging },
        dear: {
          bridging,
          edit: (text) => text.replaceAll('option http-keep-alive', 'option http-server-close'),
        },
        load: small,
      },
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

  {
    name: 'unansweredWrites: report',
    cheap: { pool: { retry: { unansweredWrites: 'close' } } },
    dear: {},
    load: { ...small, writes: true },
  },
  limits('perSource', { requests: 1_000_000_000 }, small),
  limits('perClient', { requests: 1_000_000_000 }, { ...small, token }),
  pool('persistence by cookie', { persistence: { type: 'cookie' } }),
  pool('persistence by address', { persistence: { type: 'sourceAddress' } }),
  service('an access list of 1,000 networks', { accessList: { allow: networks(1_000) } }),
  ...[50, 200, 1_000].map(
    (count): Pair => ({
      name: `${count} more path words`,
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

  { name: 'gzip, 2 KB', cheap: {}, dear: { edit: gzipped }, load: { ...small, headers: gzip } },
  { name: 'gzip, 50 KB', cheap: {}, dear: { edit: gzipped }, load: { ...large, headers: gzip } },
  {
    name: 'TLS records of 1,370 bytes, 2 KB',
    cheap: {},
    dear: { edit: globally('tune.ssl.maxrecord 1370') },
    load: small,
  },
  {
    name: 'TLS records of 1,370 bytes, 50 KB',
    cheap: {},
    dear: { edit: globally('tune.ssl.maxrecord 1370') },
    load: large,
  },
  { name: 'buffers of 64 KB', cheap: {}, dear: { edit: globally('tune.bufsize 65536') }, load: small },
  {
    name: 'ChaCha20',
    cheap: {},
    dear: {
      edit: (text) =>
        text.replaceAll(/^(\s*ssl-default-bind-ciphersuites).*/gm, '$1 TLS_CHACHA20_POLY1305_SHA256'),
    },
    load: small,
  },
  {
    name: 'the access log over UDP',
    cheap: {},
    dear: { edit: (text) => text.replace('log stdout len', 'log 127.0.0.1:5514 len') },
    load: small,
  },
  { name: '20 rules of paths', cheap: {}, dear: { edit: inFrontend(rules(20)) }, load: small },
];

function againstRsa(key: KeyKind): Pair {
  return { name: `key ${key}`, cheap: { key: 'rsa-2048' }, dear: { key }, load: connection };
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

function rules(count: number): string {
  return Array.from(
    { length: count },
    (_, index) => `    http-request set-var(txn.rule) int(${index}) if { path_beg /rule-${index}/ }\n`,
  ).join('');
}

function replaced(from: string, to: string): (text: string) => string {
  return (text) => text.replaceAll(from, to);
}

function gzipped(text: string): string {
  return inFrontend(
    '    compression algo gzip\n    compression type application/json application/fhir+json\n',
  )(text);
}

function globally(line: string): (text: string) => string {
  return (text) => text.replace(/^global.*\n/m, `$&    ${line}\n`);
}

function inFrontend(lines: string): (text: string) => string {
  return (text) => text.replace(/^frontend one .*\n/m, `$&${lines}`);
}
