/** What one line of the ring says about a server. */
export interface ServerEvent {
  readonly backend: string;
  readonly server: string;
  readonly health: 'up' | 'down';
  /** HAProxy's words: `Layer7 timeout`; absent when it was told to. */
  readonly reason?: string;
}

/**
 * `<1>2026-11-22T22:06:31.834077+00:00 Server live.servers/api-1 is DOWN, reason: Layer7 timeout, check duration: ...`.
 * Behind the reason may stand what a server said, so nothing of that is looked at. Changes by an operator
 * (`is going DOWN for maintenance`, `is UP/READY (leaving ...)`, `enters drain state`) are not of this form.
 */
const change =
  /^(?:<\d{1,3}>)?\S+ Server ([A-Za-z0-9_.:-]+)\/([A-Za-z0-9_.:-]+) is (UP|DOWN), (?:changed from CLI\.|reason: ([A-Za-z0-9 ]{1,80})[,.])/;

/** Undefined for lines about anything else. */
export function readServerEvent(line: string): ServerEvent | undefined {
  const [, backend, server, state, reason] = change.exec(line) ?? [];
  if (backend === undefined || server === undefined) return undefined;
  const health = state === 'UP' ? 'up' : 'down';
  return { backend, server, health, ...(reason === undefined ? {} : { reason }) };
}

/** `Proxy live.servers stopped (...)`: the worker whose ring it is leaves, and checks nothing any more. */
export function saysWorkerLeaves(line: string): boolean {
  return /^(?:<\d{1,3}>)?\S+ Proxy \S+ stopped /.test(line);
}
