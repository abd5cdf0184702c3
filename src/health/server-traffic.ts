import type { OneServersCounters } from '../dataplane/counters-port.ts';

/** What became of the requests that a server answered or failed within some time. */
export interface Ended {
  readonly requests: number;
  readonly failed: number;
}

/**
 * Failures are found by what is missing: a request that left the server without an answer was refused, reset, timed out
 * or taken back and sent elsewhere, and no single counter of HAProxy moves for all of these (measured, ADR 0023).
 *
 * Missing answers may still come: at most as many as there are more requests under way. Sessions that end prove nothing,
 * because long answers and WebSockets were answered long before; only HAProxy's own blame tells these from time-outs.
 * It blames some twice, so never for more than can be missing. What clients gave up is taken off.
 *
 * 501 and 505 cannot be told from other 5xx; they come from the request, and so with the same share from all servers.
 */
export function endedBetween(from: OneServersCounters, to: OneServersCounters): Ended {
  const grown = (key: Grown) => to[key] - from[key];
  const missing = grown('requests') - grown('answers');
  const underWay = grown('sessions');
  const blamed = grown('responseErrors') - grown('cutAnswers');
  const lost = Math.max(
    0,
    missing - Math.max(0, underWay) - grown('abandoned'),
    Math.min(blamed, missing + Math.max(0, -underWay)),
  );
  const requests = grown('answers') + lost;
  return { requests, failed: Math.min(requests, lost + grown('answers5xx') + grown('cutAnswers')) };
}

type Grown = Exclude<keyof OneServersCounters, 'backend' | 'server' | 'responseTime'>;

export function sumOf(parts: readonly Ended[]): Ended {
  return parts.reduce(
    (sum, { requests, failed }) => ({ requests: sum.requests + requests, failed: sum.failed + failed }),
    { requests: 0, failed: 0 },
  );
}

/** From 0 to 1; 0 when nothing ended. */
export function failedShare({ requests, failed }: Ended): number {
  return requests === 0 ? 0 : failed / requests;
}
