import type { BackendCounters, Counters, FrontendCounters } from '../../dataplane/counters-port.ts';
import { isUp, isWanted, type RuntimeState } from '../../model/runtime-state.ts';

/** What the traffic did, and how the servers were, in a span of time. */
export interface Window {
  /** Milliseconds that were really observed. */
  readonly length: number;
  /** Frontends that were there, by name; what they did counts from 0 at the beginning of the window. */
  readonly frontends: ReadonlyMap<string, FrontendCounters>;
  readonly backends: ReadonlyMap<string, BackendCounters>;
  /** Servers that take requests, by backend, when HAProxy last said so; absent when it never did. */
  readonly up?: ReadonlyMap<string, number>;
  /** How often in a row, at the end, HAProxy was asked and did not answer. */
  readonly unanswered: number;
}

/** What is kept of one look at the running HAProxy. */
export interface Look {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly counters?: Counters;
  readonly up?: ReadonlyMap<string, number>;
}

/** Servers that take requests, by backend. Backends without one are there with 0. */
export function serversUp(state: RuntimeState): ReadonlyMap<string, number> {
  const up = new Map<string, number>();
  for (const server of state.servers) {
    up.set(server.backend, (up.get(server.backend) ?? 0) + (isWanted(server) && isUp(server) ? 1 : 0));
  }
  return up;
}

/** Puts looks together, the oldest first. */
export function windowOf(looks: readonly Look[]): Window {
  const frontends = new Map<string, FrontendCounters>();
  const backends = new Map<string, BackendCounters>();
  for (const [first, last] of workers(looks)) {
    add(frontends, first.frontends, last.frontends, frontendDifference);
    add(backends, first.backends, last.backends, backendDifference);
  }
  const up = looks.findLast((look) => look.up !== undefined)?.up;
  const answered = looks.findLastIndex((look) => look.up !== undefined);
  return {
    length: (looks.at(-1)?.at ?? 0) - (looks[0]?.at ?? 0),
    frontends,
    backends,
    ...(up === undefined ? {} : { up }),
    unanswered: looks.length - 1 - answered,
  };
}

/**
 * The first and the last counters of each worker in turn. Only within one worker can they be subtracted: a new one
 * begins at 0. What an old one does after it was replaced is not seen.
 */
function workers(looks: readonly Look[]): [Counters, Counters][] {
  const spans: [Counters, Counters][] = [];
  for (const { counters } of looks) {
    if (counters === undefined) continue;
    const span = spans.at(-1);
    if (span === undefined || span[0].workerPid !== counters.workerPid) spans.push([counters, counters]);
    else span[1] = counters;
  }
  return spans;
}

function add<T extends { readonly name: string }>(
  sums: Map<string, T>,
  first: readonly T[],
  last: readonly T[],
  difference: (before: T | undefined, after: T, sum: T | undefined) => T,
): void {
  const before = new Map(first.map((one) => [one.name, one]));
  for (const after of last) {
    sums.set(after.name, difference(before.get(after.name), after, sums.get(after.name)));
  }
}

function frontendDifference(
  before: FrontendCounters | undefined,
  after: FrontendCounters,
  sum: FrontendCounters | undefined,
): FrontendCounters {
  const grown = growth(before, after, sum);
  return {
    name: after.name,
    connections: grown(({ connections }) => connections),
    requests: grown(({ requests }) => requests),
    answers5xx: grown(({ answers5xx }) => answers5xx),
    failedHandshakes: grown(({ failedHandshakes }) => failedHandshakes),
  };
}

function backendDifference(
  before: BackendCounters | undefined,
  after: BackendCounters,
  sum: BackendCounters | undefined,
): BackendCounters {
  const grown = growth(before, after, sum);
  return {
    name: after.name,
    requests: grown(({ requests }) => requests),
    answers5xx: grown(({ answers5xx }) => answers5xx),
    connectErrors: grown(({ connectErrors }) => connectErrors),
    responseErrors: grown(({ responseErrors }) => responseErrors),
  };
}

/** Never below 0: somebody may have cleared the counters by hand. */
function growth<T>(before: T | undefined, after: T, sum: T | undefined): (of: (one: T) => number) => number {
  const value = (one: T | undefined, of: (one: T) => number) => (one === undefined ? 0 : of(one));
  return (of) => value(sum, of) + Math.max(0, of(after) - value(before, of));
}
