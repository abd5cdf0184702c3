import type {
  AccessLogIr,
  BackendIr,
  BindIr,
  CertificateListEntryIr,
  CheckIr,
  CheckRequestIr,
  CheckRhythmIr,
  ErrorAnswersIr,
  FileIr,
  FrontendIr,
  GlobalIr,
  LimitsIr,
  PeerIr,
  PeersIr,
  PersistenceIr,
  RateLimitIr,
  RedirectIr,
  RuntimePathsIr,
  ServeIr,
  ServerIr,
  ServerTlsIr,
  WatchIr,
} from '../ir/haproxy.ts';
import type { Felt, Table, Variants } from './field-class.ts';

/** What each field of the intermediate form needs when it changes. What is found different is found by these tables. */

const key = { impact: 'key', why: 'it names the thing' } as const;
const origin = { impact: 'none', why: 'it only leads back to the declaration' } as const;

function runtime(name: string, why: string): Felt<'runtime'> {
  return { impact: 'runtime', name, why };
}

function rebind(name: string, why: string): Felt<'rebind'> {
  return { impact: 'rebind', name, why };
}

function reload(name: string, why: string, unit?: 'ms' | 's'): Felt<'reload'> {
  return { impact: 'reload', name, why, ...(unit === undefined ? {} : { unit }) };
}

/** A field of a section of haproxy.cfg for which the runtime API has no command. */
function read(name: string, unit?: 'ms' | 's'): Felt<'reload'> {
  return reload(name, 'HAProxy reads it only when a process starts', unit);
}

const socketWhy = 'HAProxy opens it only when a process starts';

const runtimePathFields = {
  adminSocket: reload('runtime socket', socketWhy),
  identitySocket: reload('identity socket', socketWhy),
  peersSocket: reload('peers socket', socketWhy),
  hopSocket: reload('hop socket', socketWhy),
  serverStateFile: read('file of server states'),
} satisfies Table<RuntimePathsIr>;

export const sharingWhy = 'HAProxy learns of the other nodes only when a process starts';

export const peerFields = {
  name: key,
  address: reload('address', sharingWhy),
} satisfies Table<PeerIr>;

const peersFields = {
  name: reload('name of this node', sharingWhy),
  address: reload('address for other nodes', sharingWhy),
  port: reload('port for other nodes', sharingWhy),
  certificateFile: reload('file of the certificate for other nodes', sharingWhy),
  authorityFile: reload('file of the authority of the pair', sharingWhy),
  others: { each: peerFields },
} satisfies Table<PeersIr>;

export const globalFields = {
  // A higher limit is a reload all the same: see the function that plans it.
  maxConnections: runtime('connection limit', 'HAProxy takes a lower limit while it runs'),
  hopConnections: runtime('limit of writes under way', 'HAProxy takes the limit of a frontend while it runs'),
  hopBody: read('time limit of the beginning of a written body', 'ms'),
  hardStopAfter: read('time limit for old processes', 'ms'),
  account: {
    whole: read('account'),
    inside: { user: read('user'), group: read('group') },
  },
  runtime: { inside: runtimePathFields },
  // Who the others are is planned one by one: see the function that does.
  peers: { whole: reload('sharing of tables with other nodes', sharingWhy), inside: peersFields },
} satisfies Table<GlobalIr>;

const bindWhy = 'a process binds its addresses when it starts';

export const bindFields = {
  name: key,
  origin,
  address: rebind('address', bindWhy),
  port: rebind('port', bindWhy),
  tls: {
    whole: read('TLS'),
    inside: {
      certificateList: read('list of certificates'),
      alpn: read('protocols'),
      minimumVersion: read('least TLS version'),
      ticketKeysFile: read('file of ticket keys'),
    },
  },
} satisfies Table<BindIr>;

const errorFields = {
  retryAfterSeconds: read('advice when to try again', 's'),
  fhirPaths: read('FHIR paths'),
} satisfies Table<ErrorAnswersIr>;

const rateFields = {
  requests: read('requests allowed'),
  per: read('time that requests are counted for', 'ms'),
  mode: read('what the limit does'),
} satisfies Table<RateLimitIr>;

const limitFields = {
  queue: read('requests that may wait for each server'),
  perSource: {
    whole: read('limit of each source'),
    inside: { ...rateFields, concurrent: read('requests of one source at a time') },
  },
  perClient: { whole: read('limit of each OAuth client'), inside: rateFields },
} satisfies Table<LimitsIr>;

const behaviourFields = {
  by: 'kind',
  variants: {
    serve: {
      kind: key,
      backend: read('pool'),
      unansweredWrites: read('what becomes of unanswered writes'),
      allowList: read('access list'),
      hstsSeconds: read('Strict-Transport-Security', 's'),
      errors: { inside: errorFields },
      limits: { inside: limitFields },
    },
    redirect: { kind: key, port: read('port that clients are sent to'), hostnames: read('host names') },
  },
} satisfies Variants<ServeIr | RedirectIr, 'kind'>;

const accessLogFields = {
  pathWords: read('path words of the log'),
  clientAddress: read('client address in the log'),
  requestIdHeader: read('request id header of the log'),
} satisfies Table<AccessLogIr>;

export const frontendFields = {
  name: key,
  origin,
  maxConnections: runtime('connection limit', 'HAProxy takes the limit of a frontend while it runs'),
  maxConnectionsPerSource: runtime(
    'connections of one source',
    'HAProxy takes the share of a source while it runs',
  ),
  exemptList: read('file of networks without limits'),
  binds: { each: bindFields },
  timeouts: {
    inside: {
      client: read('client time limit', 'ms'),
      request: read('time limit of a request header', 'ms'),
      keepAlive: read('time limit of an idle client', 'ms'),
    },
  },
  accessLog: { inside: accessLogFields },
  behaviour: { whole: read('behaviour'), inside: behaviourFields },
} satisfies Table<FrontendIr>;

const persistenceFields = {
  by: 'kind',
  variants: {
    none: { kind: key },
    'source-address': {
      kind: key,
      expire: read('life of persistence', 'ms'),
      entries: read('clients remembered'),
      drainedList: read('file of drained servers'),
    },
    cookie: {
      kind: key,
      name: read('name of the cookie'),
      drainedList: read('file of drained servers'),
      idle: read('idle life of the cookie', 'ms'),
      life: read('life of the cookie', 'ms'),
      secure: read('cookie over TLS only'),
    },
  },
} satisfies Variants<PersistenceIr, 'kind'>;

const rhythmFields = {
  port: read('port of the health check'),
  alsoPort: read('further port of the health check'),
  interval: read('interval of the health check', 'ms'),
  fastInterval: read('interval of the health check while a server changes', 'ms'),
  downInterval: read('interval of the health check while a server is down', 'ms'),
  fall: read('failed health checks until a server is down'),
  rise: read('passed health checks until a server is up'),
} satisfies Table<CheckRhythmIr>;

const requestFields = {
  method: read('method of the health check'),
  path: read('path of the health check'),
  host: read('Host header of the health check'),
  expectStatus: read('status that the health check expects'),
} satisfies Table<CheckRequestIr>;

const checkFields = {
  by: 'kind',
  variants: {
    tcp: { kind: key, ...rhythmFields },
    http: { kind: key, ...rhythmFields, request: { inside: requestFields } },
    https: {
      kind: key,
      ...rhythmFields,
      request: { inside: requestFields },
      sni: read('TLS name of the health check'),
    },
  },
} satisfies Variants<CheckIr, 'kind'>;

const serverTlsFields = {
  by: 'verify',
  variants: {
    required: {
      verify: key,
      authorityFile: read('authority of the servers'),
      serverName: read('TLS name of the servers'),
    },
    none: { verify: key, serverName: read('TLS name of the servers') },
  },
} satisfies Variants<ServerTlsIr, 'verify'>;

const placeWhy = 'HAProxy takes the address of a server while it runs';

export const serverFields = {
  name: key,
  origin,
  address: runtime('address', placeWhy),
  port: runtime('port', placeWhy),
  weight: runtime('weight', 'HAProxy takes a weight while it runs'),
  maxConnections: runtime('connection limit', 'HAProxy takes the limit of a server while it runs'),
  admin: runtime('state', 'HAProxy takes the state of a server while it runs'),
} satisfies Table<ServerIr>;

export const backendFields = {
  name: key,
  origin,
  balance: read('balancing'),
  persistence: { whole: read('persistence'), inside: persistenceFields },
  check: { whole: read('health check'), inside: checkFields },
  passiveErrorLimit: read('errors of live traffic until a server is down'),
  retry: {
    inside: { attempts: read('attempts'), safeMethodsOn: read('reasons to send a safe request again') },
  },
  timeouts: {
    inside: {
      connect: read('time limit to connect', 'ms'),
      server: read('server time limit', 'ms'),
      queue: read('time limit of the queue', 'ms'),
      tunnel: read('time limit of a tunnel', 'ms'),
      check: read('time limit of the health check', 'ms'),
      long: {
        whole: read('time limit of long requests'),
        inside: {
          paths: read('paths of long requests'),
          segments: read('segments of paths of long requests'),
          server: read('server time limit of long requests', 'ms'),
        },
      },
      body: read('time limit of the beginning of a body', 'ms'),
    },
  },
  reuse: {
    inside: {
      keepAtLeast: read('idle connections kept'),
      idle: read('life of idle connections', 'ms'),
    },
  },
  tls: { whole: read('TLS to the servers'), inside: serverTlsFields },
  servers: { each: serverFields },
} satisfies Table<BackendIr>;

export const watchFields = {
  name: key,
  origin,
  server: key,
  address: read('address'),
  port: key,
  check: { whole: read('check'), inside: checkFields },
  timeout: read('time limit of the check', 'ms'),
} satisfies Table<WatchIr>;

const certificateWhy = 'HAProxy takes a certificate while it runs';

export const fileFields = {
  by: 'kind',
  variants: {
    certificate: {
      kind: key,
      path: key,
      origin,
      chain: runtime('chain', certificateWhy),
      key: runtime('key', certificateWhy),
    },
    authority: {
      kind: key,
      path: key,
      origin,
      certificates: reload('certificates', 'HAProxy loads authorities only when a process starts'),
    },
    'certificate-list': {
      kind: key,
      path: key,
      origin,
      entries: { each: { certificate: key } satisfies Table<CertificateListEntryIr> },
    },
    networks: {
      kind: key,
      purpose: { impact: 'none', why: 'it stands in the path, and only people are told' },
      path: key,
      origin,
      networks: runtime('networks', 'HAProxy takes a list of networks while it runs'),
    },
    'drained-servers': {
      kind: key,
      path: key,
      origin,
      backend: read('pool'),
      servers: runtime('drained servers', 'HAProxy takes a list of names while it runs'),
    },
  },
} satisfies Variants<FileIr, 'kind'>;
