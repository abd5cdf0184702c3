import type { BackendIr, FrontendIr } from '../ir/haproxy.ts';

/** Connections to the identity frontend, which only the controller asks. */
export const identityConnections = 10;

/** A redirect is answered at once, so few connections are open at a time. */
const redirectConnections = 1_000;

/** Clients of a redirect listener at a time. */
export function redirectLimit(serviceConnections: number): number {
  return Math.min(serviceConnections, redirectConnections);
}

/** However few connections a service may have: a site behind one address opens some dozens. */
const leastShare = 100;

/** Connections of one source at a time, unless the declaration says it: three hosts that open all they can leave room. */
export function sourceShare(connections: number): number {
  return Math.max(leastShare, Math.floor(connections / 4));
}

/**
 * There is always some room for writes, even when no service sends any over the hop: an old worker may still do so after
 * the reload that changed it.
 */
const leastHopConnections = 100;

/** As many writes may be under way as there are clients that may write. */
export function hopConnections(frontends: readonly FrontendIr[]): number {
  let sum = 0;
  for (const { behaviour, maxConnections } of frontends) {
    if (behaviour.kind === 'serve' && behaviour.unansweredWrites === 'report') sum += maxConnections;
  }
  return Math.max(sum, leastHopConnections);
}

/** Without services nobody writes. */
const withoutServices = 30_000;

/** Where a write waits for its body, HAProxy does not know yet which service it is for. */
export function hopBody(backends: readonly BackendIr[]): number {
  const longest = Math.max(0, ...backends.map(({ timeouts }) => timeouts.body));
  return longest === 0 ? withoutServices : longest;
}

/**
 * The most connections that the process accepts, its own included. Each frontend has its own limit, so none can starve
 * another: a write that was taken from a client always finds room for its hop in the end.
 */
export function processConnections(frontends: readonly FrontendIr[]): number {
  const internal = identityConnections + hopConnections(frontends);
  return frontends.reduce((sum, frontend) => sum + frontend.maxConnections, internal);
}

const minute = 60_000;

/**
 * How long an old worker may go on after a reload. It must outlast the longest request (measured: 10 of 20
 * requests of 5 s were lost with 3 s), so it is the longest wait for a client or a server plus half a
 * minute, at least 5 minutes. Tunnels do not count: one open WebSocket would keep old workers, and their
 * memory, for as long as it lives. For the same reason it is never more than an hour.
 */
export function hardStopAfter(frontends: readonly FrontendIr[], backends: readonly BackendIr[]): number {
  let longest = 0;
  for (const { timeouts } of frontends) longest = Math.max(longest, timeouts.client);
  for (const { timeouts } of backends)
    longest = Math.max(longest, timeouts.server, timeouts.long?.server ?? 0);
  return Math.min(Math.max(longest + minute / 2, 5 * minute), 60 * minute);
}
