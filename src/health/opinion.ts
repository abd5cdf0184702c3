/**
 * What one source of knowledge (deep checks, live traffic) thinks of one server: that it should get no requests. Names
 * are those of haproxy.cfg. An opinion is no decision: pools are never emptied by opinions, see advice.ts.
 */
export interface Opinion {
  readonly backend: string;
  readonly server: string;
  readonly source: 'deep-check' | 'live-traffic';
  /** What kind of fault it is: when every server of a pool has the same one at the same time, the finder of the fault is doubted. */
  readonly fault: string;
  /** A clause for the status: `the deep check smart fails: /token_endpoint is missing`. */
  readonly because: string;
  /** Since when, in milliseconds since 1970. */
  readonly since: number;
}
