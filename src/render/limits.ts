import type { FrontendIr, RateLimitIr, ServeIr } from '../ir/haproxy.ts';
import { clientTable, inFlightTable, limitEntries, sourceShareVariable } from '../ir/limit-names.ts';
import type { Path } from '../kernel/path.ts';
import type { Emitter } from './emitter.ts';
import { peers } from './peers.ts';
import { count, name, relativePath, time } from './quote.ts';

/**
 * Who may have how much of a service. All of it is decided where clients come in, before a server is chosen, so that
 * a refused request was never sent. HAProxy 2.6 has three counters for a request: the first is that of the source
 * and of its connection, the second that of its requests under way, the third that of the OAuth client.
 */

/** How long what a status shows is counted; see {@link renderSourceLimit}. */
const reported = 60_000;

/** A source is active while it has a request under way, and for this long after, in milliseconds. */
const activeFor = 1_000;

/** A table of sources that remembers no more than their connections. */
const connectionsOnly = 10_000;

/** The share of the frontend's connections that one source may have. A refused one costs no TLS handshake. */
export function renderSourceShare(out: Emitter, frontend: FrontendIr): void {
  const { origin, behaviour, exemptList } = frontend;
  const perSource = behaviour.kind === 'serve' ? behaviour.limits.perSource : undefined;
  out.remark('One host cannot take all connections.');
  out.line(
    origin,
    'stick-table',
    'type',
    'ipv6',
    'size',
    count(limitEntries(frontend.maxConnections)),
    ...(perSource === undefined
      ? ['expire', time(connectionsOnly), 'store', 'conn_cur']
      : [...rateTable(perSource, 'conn_cur,'), 'peers', peers]),
  );
  if (exemptList !== undefined) out.line(origin, 'acl', 'exempt', 'src', '-f', relativePath(exemptList));
  out.line(origin, 'tcp-request', 'connection', 'track-sc0', 'src', ...unlessExempt(frontend));
  const over = `sc0_conn_cur,sub(${sourceShareVariable(frontend.name)})`;
  out.line(origin, 'tcp-request', 'connection', 'reject', 'if', '{', over, '-m', 'int', 'gt', '0', '}');
}

/** The limits of requests, in the order in which they are looked at. No rule for requests may follow in the frontend. */
export function renderLimits(out: Emitter, frontend: FrontendIr, serve: ServeIr): void {
  const { origin } = frontend;
  const { queue, perSource, perClient } = serve.limits;
  if (queue !== undefined || perSource?.concurrent !== undefined) {
    const table = inFlightTable(name(frontend.name));
    out.line(origin, 'http-request', 'track-sc1', 'src', 'table', table, ...unlessExempt(frontend));
  }
  if (perSource !== undefined) renderSourceLimit(out, origin, perSource);
  if (perClient !== undefined) renderClientLimit(out, frontend, perClient);
  if (queue !== undefined) renderQueueLimits(out, frontend, serve.backend, queue);
}

/** The tables of a frontend that cannot stand in it: a section has one. */
export function renderLimitTables(
  out: Emitter,
  { name: frontend, origin, behaviour, maxConnections }: FrontendIr,
): void {
  if (behaviour.kind !== 'serve') return;
  const { queue, perSource, perClient } = behaviour.limits;
  const size = count(limitEntries(maxConnections));
  if (queue !== undefined || perSource?.concurrent !== undefined) {
    out.section(origin, 'backend', inFlightTable(name(frontend)), 'from', 'aorta');
    out.remark('Requests under way by source. Not kept over reloads: every worker knows its own.');
    const table = ['type', 'ipv6', 'size', size, 'expire', time(activeFor), 'store', 'conn_cur'];
    out.line(origin, 'stick-table', ...table);
  }
  if (perClient !== undefined) {
    out.section(origin, 'backend', clientTable(name(frontend)), 'from', 'aorta');
    out.remark('OAuth clients by 64 bits of a hash: neither a token nor a name is kept.');
    const table = ['type', 'binary', 'len', '8', 'size', size, ...rateTable(perClient, '')];
    out.line(origin, 'stick-table', ...table, 'peers', peers);
  }
}

/** Kept as long as the slower of both counters looks back: each remembers its last two times. */
function rateTable({ per }: RateLimitIr, more: string): string[] {
  const expire = time(2 * Math.max(per, reported));
  return ['expire', expire, 'store', `${more}gpc0_rate(${time(per)}),gpc1_rate(${time(reported)})`];
}

function unlessExempt({ exemptList }: FrontendIr): string[] {
  return exemptList === undefined ? [] : ['unless', 'exempt'];
}

/** Counter 0 has the requests that were let through, counter 1 those that were over the limit, for the status. */
function renderSourceLimit(
  out: Emitter,
  origin: Path,
  limit: NonNullable<ServeIr['limits']['perSource']>,
): void {
  const over = 'txn.over_source';
  const setOver = ['http-request', `set-var(${over})`, 'bool(true)', 'if'];
  out.remark(remarks[limit.mode]);
  out.line(origin, ...setOver, '{', 'sc0_gpc0_rate', 'ge', count(limit.requests), '}');
  if (limit.concurrent !== undefined)
    out.line(origin, ...setOver, '{', 'sc1_conn_cur', 'gt', count(limit.concurrent), '}');
  renderVerdict(out, origin, { over, counter: '0', limit: 'perSource', mode: limit.mode });
}

const remarks = {
  report: 'This limit refuses nothing: it counts and is logged.',
  enforce: 'Over this limit a request is refused; what was refused does not count against it.',
} as const;

/** The client is taken from a token that nobody has verified here: good for a bucket, and for nothing else. */
function renderClientLimit(out: Emitter, { name: frontend, origin }: FrontendIr, limit: RateLimitIr): void {
  const client = 'txn.client';
  const known = ['{', `var(${client})`, '-m', 'found', '}'];
  const set = ['http-request', `set-var(${client})`];
  const over = 'txn.over_client';
  out.remark('The OAuth client as the token names it, unverified, or else the token; only a hash is kept.');
  out.line(origin, ...set, 'http_auth_bearer,jwt_payload_query($.client_id)');
  out.line(origin, ...set, 'http_auth_bearer,jwt_payload_query($.azp)', 'unless', ...known);
  out.line(origin, ...set, 'http_auth_bearer', 'unless', ...known);
  const key = `var(${client}),sha2(256),bytes(0,8)`;
  const table = ['table', clientTable(name(frontend))];
  out.line(origin, 'http-request', 'track-sc2', key, ...table, 'if', ...known);
  out.remark(remarks[limit.mode]);
  const above = ['{', 'sc2_gpc0_rate', 'ge', count(limit.requests), '}'];
  out.line(origin, 'http-request', `set-var(${over})`, 'bool(true)', 'if', ...above);
  renderVerdict(out, origin, { over, counter: '2', limit: 'perClient', mode: limit.mode });
}

interface Verdict {
  readonly over: string;
  readonly counter: '0' | '2';
  readonly limit: 'perSource' | 'perClient';
  readonly mode: RateLimitIr['mode'];
}

function renderVerdict(out: Emitter, origin: Path, { over, counter, limit, mode }: Verdict): void {
  const isOver = ['{', `var(${over})`, '-m', 'bool', '}'];
  out.line(origin, 'http-request', `sc-inc-gpc0(${counter})`, 'unless', ...isOver);
  out.line(origin, 'http-request', `sc-inc-gpc1(${counter})`, 'if', ...isOver);
  out.line(origin, 'http-request', ...logLimit(limit), 'if', ...isOver);
  if (mode === 'enforce') out.line(origin, 'http-request', 'deny', 'deny_status', '429', 'if', ...isOver);
}

function logLimit(limit: Verdict['limit'] | 'fairShare' | 'queue'): string[] {
  return ['set-var-fmt(txn.limit)', `"${limit}"`];
}

/**
 * A source has its fair share while its other requests under way are no more than the average of the active sources:
 * others * sources <= all. While requests wait, who has more is refused, so that light sources find room. One that is
 * alone may fill half of the queue: the other half is for who comes with less than his share, or else the light one
 * would find it full.
 */
function renderQueueLimits(out: Emitter, frontend: FrontendIr, backend: string, queue: number): void {
  const { origin } = frontend;
  const pool = name(backend);
  const request = (...words: readonly string[]) => out.line(origin, 'http-request', ...words);
  const integer = (variable: string, ...test: readonly string[]) => {
    return ['{', `var(${variable})`, '-m', 'int', ...test, '}'];
  };
  out.remark('As long as no request waits, this is the last rule here: the others are about those that do.');
  request('allow', 'if', '{', `avg_queue(${pool})`, 'eq', '0', '}');
  out.remark('While requests wait for a server, a source with more than its fair share waits outside.');
  request('set-var(txn.waiting)', `avg_queue(${pool})`);
  request('set-var(txn.sources)', `table_cnt(${inFlightTable(name(frontend.name))})`);
  request('set-var(txn.requests)', `be_conn(${pool})`);
  request('set-var(txn.excess)', 'sc1_conn_cur,sub(1),mul(txn.sources),sub(txn.requests)');
  const several = integer('txn.sources', 'gt', '1');
  const refuse = (verdict: 'fairShare' | 'queue', status: '429' | '503', ...when: readonly string[]) => {
    request(...logLimit(verdict), 'if', ...when);
    request('deny', 'deny_status', status, 'if', ...when);
  };
  refuse('fairShare', '429', ...several, ...integer('txn.excess', 'gt', '0'));
  out.remark('A full queue is said at once. Its second half is for sources with less than their fair share.');
  const half = count(Math.ceil(queue / 2));
  refuse('queue', '503', ...integer('txn.waiting', 'ge', half), ...integer('txn.excess', 'ge', '0'));
  // Writes are counted here before they wait there, so that a burst of them can overfill the queue.
  refuse('queue', '503', ...integer('txn.waiting', 'ge', count(2 * queue)));
}
