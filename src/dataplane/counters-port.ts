import type { RuntimeState } from '../model/runtime-state.ts';

/** Counters since the start of the worker. All only grow until it is replaced. */
export interface Counters {
  /** When they were read, in milliseconds since 1970. */
  readonly at: number;
  readonly workerPid: number;
  readonly frontends: readonly FrontendCounters[];
  readonly backends: readonly BackendCounters[];
}

export interface FrontendCounters {
  readonly name: string;
  /** Accepted, whatever became of them: what failed handshakes are a share of. */
  readonly connections: number;
  readonly requests: number;
  readonly answers5xx: number;
  readonly failedHandshakes: number;
}

export interface BackendCounters {
  readonly name: string;
  readonly requests: number;
  readonly answers5xx: number;
  /** Connections to servers that could not be made. */
  readonly connectErrors: number;
  /** Requests whose answer was cut off or was none. */
  readonly responseErrors: number;
}

/** Counters of servers since the start of the worker. All only grow until it is replaced. */
export interface ServerCounters {
  /** When they were read, in milliseconds since 1970. */
  readonly at: number;
  readonly workerPid: number;
  readonly servers: readonly OneServersCounters[];
}

export interface OneServersCounters {
  readonly backend: string;
  readonly server: string;
  /** Requests that were given to it, tries included. `stot`: `req_tot` counts only those that were answered (measured). */
  readonly requests: number;
  /** Those of them that it answered, whatever with. A try that was taken back and sent elsewhere is none. `req_tot`. */
  readonly answers: number;
  readonly answers4xx: number;
  readonly answers5xx: number;
  /** Connections that could not be made. */
  readonly connectErrors: number;
  /** Answers that were cut off, or none. HAProxy counts some of them twice (measured). */
  readonly responseErrors: number;
  /** Answers that the server cut off after their header. `srv_abrt`. */
  readonly cutAnswers: number;
  /** Requests that clients gave up. `cli_abrt`. */
  readonly abandoned: number;
  /** Requests that it got again, or that went on to another server, after a failure. */
  readonly retries: number;
  readonly redispatches: number;
  /** Sliding mean of the time to the answer's header in milliseconds, see health/response-time.ts; absent before the first. */
  readonly responseTime?: number;
  /** Requests under way, and waiting for it. */
  readonly sessions: number;
  readonly queued: number;
}

/** What clients did and got since the start of the worker, for whoever draws it; nothing is decided by it. */
export interface Traffic {
  readonly frontends: readonly FrontendTraffic[];
  readonly backends: readonly BackendTraffic[];
}

export interface FrontendTraffic extends Omit<FrontendCounters, 'answers5xx'> {
  /** By the first digit of their status, those that HAProxy gives itself included. Counted when they have ended. */
  readonly answers: Readonly<Record<AnswerClass, number>>;
  /** Requests that a rule refused. */
  readonly denied: number;
  /** Connections that a rule refused, before any request. */
  readonly deniedConnections: number;
  /** From clients and to them, as HTTP, before TLS. Counted when a request has ended. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Connections that are open now, those that wait for a next request included. */
  readonly sessions: number;
}

export interface BackendTraffic {
  readonly name: string;
  /** Requests that wait for any of the servers now; those that wait for a certain one are counted there. */
  readonly queued: number;
}

/** `other`: a status that is of none of these. */
export type AnswerClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'other';

/** Everything that a worker says, as of one moment: that of the first answer, the oldest. */
export interface Survey {
  readonly state: RuntimeState;
  readonly counters: Counters;
  readonly servers: ServerCounters;
  readonly traffic: Traffic;
}
