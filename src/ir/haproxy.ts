import type { Path } from '../kernel/path.ts';
import type { Secret } from '../kernel/secret.ts';

/**
 * What haproxy.cfg will say, in HAProxy's own terms: fully resolved, totally ordered, nothing optional in
 * meaning. The compiler decides; the renderer only spells. Values are plain: times in milliseconds,
 * addresses canonical, names already unique.
 */
export interface HaproxyIr {
  readonly global: GlobalIr;
  /** Sorted by name. */
  readonly frontends: readonly FrontendIr[];
  /** Sorted by name. */
  readonly backends: readonly BackendIr[];
  /** Sorted by name. */
  readonly watches: readonly WatchIr[];
  /** Companion files, sorted by path relative to haproxy.cfg. */
  readonly files: readonly FileIr[];
}

export interface GlobalIr {
  /** The most connections of the process: the sum over the services, plus what the internal frontends need. */
  readonly maxConnections: number;
  /** Writes that may take the hop at a time: HAProxy's connections to itself, counted in the most connections above. */
  readonly hopConnections: number;
  /** How long the beginning of a body of a write is awaited: as long as the most patient service does. */
  readonly hopBody: number;
  /** After this time an old worker ends although connections are left; longer than the longest time-out. */
  readonly hardStopAfter: number;
  /** The account the worker runs as; absent when the controller itself is not privileged. */
  readonly account?: { readonly user: string; readonly group: string };
  /** Absolute paths of sockets and state, which are the same in every generation. */
  readonly runtime: RuntimePathsIr;
  /** The nodes that hand each other their tables; absent: only workers of this machine do, at a reload. */
  readonly peers?: PeersIr;
}

/** TLS on both sides: who shows no certificate by the authority is not listened to. */
export interface PeersIr {
  /** The name of this node. */
  readonly name: string;
  readonly address: string;
  /** The same for all. */
  readonly port: number;
  /** Certificate and key of this node, relative to haproxy.cfg. */
  readonly certificateFile: string;
  /** Relative to haproxy.cfg. */
  readonly authorityFile: string;
  /** The other nodes, sorted by name. */
  readonly others: readonly PeerIr[];
}

export interface PeerIr {
  /** What its certificate must be for, too. */
  readonly name: string;
  readonly address: string;
}

export interface RuntimePathsIr {
  /** The runtime API. */
  readonly adminSocket: string;
  /** Answers with the digest of the generation. */
  readonly identitySocket: string;
  /** Where an old worker hands its stick tables to the new one. */
  readonly peersSocket: string;
  /** Where HAProxy hands writes to itself; see {@link ServeIr.unansweredWrites}. */
  readonly hopSocket: string;
  /** Server states, saved before a reload and loaded by the new worker. */
  readonly serverStateFile: string;
}

export interface FrontendIr {
  readonly name: string;
  readonly origin: Path;
  readonly maxConnections: number;
  /** Of one source address; further connections are closed. */
  readonly maxConnectionsPerSource: number;
  /** File with the networks whose sources are not counted, relative to haproxy.cfg; absent: all are. */
  readonly exemptList?: string;
  readonly binds: readonly BindIr[];
  readonly timeouts: { readonly client: number; readonly request: number; readonly keepAlive: number };
  readonly accessLog: AccessLogIr;
  readonly behaviour: ServeIr | RedirectIr;
}

export interface BindIr {
  readonly name: string;
  readonly origin: Path;
  readonly address: string;
  readonly port: number;
  /** Absent: plain HTTP. */
  readonly tls?: {
    /** The crt-list, relative to haproxy.cfg. */
    readonly certificateList: string;
    readonly alpn: readonly string[];
    readonly minimumVersion: 'TLSv1.2' | 'TLSv1.3';
    /** An absolute path, the same in every generation; absent: each process makes keys of its own. */
    readonly ticketKeysFile?: string;
  };
}

/** Sends clients to https: 301 for GET and HEAD, 308 otherwise, so that no method is changed. */
export interface RedirectIr {
  readonly kind: 'redirect';
  readonly port: number;
  /** Host names that a client may be sent to; the first is used when the request names another. Empty: the name the client used. */
  readonly hostnames: readonly string[];
}

export interface ServeIr {
  readonly kind: 'serve';
  readonly backend: string;
  /** `report`: writes take the hop, so that HAProxy always answers them. `close`: they do not, and it may not. */
  readonly unansweredWrites: 'report' | 'close';
  /** File with the networks that may use the service, relative to haproxy.cfg; absent: everybody. */
  readonly allowList?: string;
  /** Seconds of Strict-Transport-Security, for answers over TLS that lack it; absent: not added. */
  readonly hstsSeconds?: number;
  readonly errors: ErrorAnswersIr;
  readonly limits: LimitsIr;
}

export interface LimitsIr {
  /** Requests that may wait for each server in service; absent: as many as come, and nobody has a fair share. */
  readonly queue?: number;
  readonly perSource?: RateLimitIr & {
    /** Requests under way at a time; absent: no limit. */
    readonly concurrent?: number;
  };
  readonly perClient?: RateLimitIr;
}

export interface RateLimitIr {
  readonly requests: number;
  /** The time that they are for. */
  readonly per: number;
  /** `report`: what is over the limit is counted and logged only. */
  readonly mode: 'report' | 'enforce';
}

export interface ErrorAnswersIr {
  readonly retryAfterSeconds: number;
  /** Sorted, without a slash at the end; paths at and below which errors are FHIR OperationOutcomes. */
  readonly fhirPaths: readonly string[];
}

export interface AccessLogIr {
  /** Sorted; segments that are written as they are. */
  readonly pathWords: readonly string[];
  readonly clientAddress: 'none' | 'network' | 'full';
  /** Response header with the request id of the servers, lower case. */
  readonly requestIdHeader?: string;
}

export interface BackendIr {
  readonly name: string;
  readonly origin: Path;
  readonly balance: 'leastconn' | 'roundrobin';
  readonly persistence: PersistenceIr;
  readonly check: CheckIr;
  /** Errors in a row in live traffic that take a server out; absent: only checks do. */
  readonly passiveErrorLimit?: number;
  readonly retry: { readonly attempts: number; readonly safeMethodsOn: readonly string[] };
  readonly timeouts: {
    readonly connect: number;
    readonly server: number;
    readonly queue: number;
    readonly tunnel: number;
    readonly check: number;
    /** Requests with another time limit for the server; absent: none. */
    readonly long?: LongTimeoutIr;
    /** For the body, as far as it fits into a buffer. */
    readonly body: number;
  };
  readonly reuse: { readonly keepAtLeast: number; readonly idle: number };
  /** TLS to the servers; absent: plain HTTP. */
  readonly tls?: ServerTlsIr;
  /** Sorted by name. */
  readonly servers: readonly ServerIr[];
}

/** A backend that no frontend leads to: HAProxy checks its one server and sends it no traffic. */
export interface WatchIr {
  readonly name: string;
  readonly origin: Path;
  /** The name of its server: that of the machine. */
  readonly server: string;
  readonly address: string;
  readonly port: number;
  readonly check: CheckIr;
  /** To connect, and then to answer, in milliseconds. */
  readonly timeout: number;
}

export interface LongTimeoutIr {
  /** Sorted, without a slash at the end: these paths and all below them; the empty one is all. */
  readonly paths: readonly string[];
  /** Sorted: paths with one of these segments. */
  readonly segments: readonly string[];
  readonly server: number;
}

export type PersistenceIr =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'source-address';
      readonly expire: number;
      readonly entries: number;
      /** File with the ids of servers that clients are not led back to, relative to haproxy.cfg; may be empty. */
      readonly drainedList: string;
    }
  | {
      readonly kind: 'cookie';
      readonly name: string;
      /** File with the names of servers that clients are not led back to, relative to haproxy.cfg; may be empty. */
      readonly drainedList: string;
      readonly idle: number;
      readonly life: number;
      /** Sent back over TLS only; false when clients also reach the service over plain HTTP. */
      readonly secure: boolean;
    };

export type CheckIr =
  | ({ readonly kind: 'tcp' } & CheckRhythmIr)
  | ({ readonly kind: 'http'; readonly request: CheckRequestIr } & CheckRhythmIr)
  | ({ readonly kind: 'https'; readonly request: CheckRequestIr; readonly sni?: string } & CheckRhythmIr);

export interface CheckRhythmIr {
  /** Absent: the port of each server. */
  readonly port?: number;
  /** A further port of the same machine that must accept a plain connection in the end. */
  readonly alsoPort?: number;
  readonly interval: number;
  readonly fastInterval: number;
  readonly downInterval: number;
  readonly fall: number;
  readonly rise: number;
}

export interface CheckRequestIr {
  readonly method: 'GET' | 'HEAD' | 'OPTIONS';
  readonly path: string;
  /** The Host header; absent for a service without host names. */
  readonly host?: string;
  /** Sorted. */
  readonly expectStatus: readonly number[];
}

export type ServerTlsIr =
  | { readonly verify: 'required'; readonly authorityFile: string; readonly serverName: string }
  | { readonly verify: 'none'; readonly serverName?: string };

export interface ServerIr {
  readonly name: string;
  readonly origin: Path;
  readonly address: string;
  readonly port: number;
  /** As declared or wished; what HAProxy is told is {@link effectiveWeight}. */
  readonly weight: number;
  readonly maxConnections?: number;
  /** `drain` is spelled as weight 0, which HAProxy takes for the same and keeps over a reload; `maintenance` as `disabled`. */
  readonly admin: 'ready' | 'drain' | 'maintenance';
}

/** The weight that HAProxy is told. */
export function effectiveWeight({ admin, weight }: Pick<ServerIr, 'admin' | 'weight'>): number {
  return admin === 'drain' ? 0 : weight;
}

export type FileIr =
  | {
      readonly kind: 'certificate';
      readonly path: string;
      readonly origin: Path;
      readonly chain: readonly string[];
      readonly key: Secret;
    }
  | {
      readonly kind: 'authority';
      readonly path: string;
      readonly origin: Path;
      readonly certificates: readonly string[];
    }
  /** HAProxy's crt-list: certificate files with the names they serve; the first line is the default. */
  | {
      readonly kind: 'certificate-list';
      readonly path: string;
      readonly origin: Path;
      readonly entries: readonly CertificateListEntryIr[];
    }
  | {
      readonly kind: 'networks';
      /** `access`: who may use a service. `exempt`: who is not counted by its limits. */
      readonly purpose: 'access' | 'exempt';
      readonly path: string;
      readonly origin: Path;
      readonly networks: readonly string[];
    }
  /** Of a pool with persistence: servers that clients must not be led back to, because they are drained. */
  | {
      readonly kind: 'drained-servers';
      readonly path: string;
      readonly origin: Path;
      readonly backend: string;
      /** Sorted; as clients are led back to them: by name with a cookie, by id with a table. */
      readonly servers: readonly string[];
    };

export interface CertificateListEntryIr {
  /** The certificate file, relative to haproxy.cfg. */
  readonly certificate: string;
}
