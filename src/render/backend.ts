import type { BackendIr, CheckIr, PersistenceIr } from '../ir/haproxy.ts';
import { unreachable } from '../kernel/bug.ts';
import type { Path } from '../kernel/path.ts';
import { backendDefaults } from './defaults.ts';
import type { Emitter } from './emitter.ts';
import { anyRetryVariable, retryVariable } from './events.ts';
import { peers } from './peers.ts';
import {
  byFirstCharacter,
  count,
  escapeInSet,
  escapeRegex,
  literal,
  name,
  relativePath,
  time,
} from './quote.ts';
import { renderServers } from './server.ts';

export function renderBackend(out: Emitter, backend: BackendIr): void {
  const { origin, timeouts } = backend;
  out.section(origin, 'backend', name(backend.name), 'from', backendDefaults);
  out.line(origin, 'balance', backend.balance);
  out.line(origin, 'timeout', 'connect', time(timeouts.connect));
  out.line(origin, 'timeout', 'server', time(timeouts.server));
  out.line(origin, 'timeout', 'queue', time(timeouts.queue));
  out.line(origin, 'timeout', 'tunnel', time(timeouts.tunnel));
  out.line(origin, 'timeout', 'check', time(timeouts.check));
  out.remark(
    'For a body, as far as it is awaited here: a client that drips would never run into its own limit.',
  );
  out.line(origin, 'timeout', 'http-request', time(timeouts.body));
  renderLong(out, backend);
  renderRetry(out, backend);
  renderPersistence(out, backend);
  renderCheck(out, origin, backend.check);
  renderServers(out, backend);
}

function renderLong(out: Emitter, { origin, timeouts: { long } }: BackendIr): void {
  if (long === undefined) return;
  out.remark('Requests that may take long, however the client spells their paths.');
  // One expression: the path is decoded once. As with all paths a prefix ends at a segment: /v1/bulk does not cover
  // /v1/bulky, and the empty one covers everything below it. A question mark that was encoded ends a segment, too.
  const anyOf = (texts: readonly string[]) => `(?:${texts.map(escapeRegex).join('|')})`;
  const beginsWith = long.paths.length === 0 ? [] : [`^${anyOf(long.paths)}(?:/|\\z)`];
  const hasSegment = long.segments.length === 0 ? [] : [`[/?]${anyOf(long.segments)}(?:[/?]|\\z)`];
  out.line(
    origin,
    'acl',
    'long',
    'path,url_dec',
    '-m',
    'reg',
    '--',
    [...beginsWith, ...hasSegment].join('|'),
  );
  // To decode costs more than to look for one of the texts, and a spelling that needs it has a percent sign.
  const texts = [...long.paths, ...long.segments];
  const perhaps = texts.includes('') ? [] : ['{', 'pathq', '-m', 'reg', hasBeforeQuery(['%', ...texts]), '}'];
  out.line(origin, 'http-request', 'set-timeout', 'server', time(long.server), 'if', ...perhaps, 'long');
}

/**
 * An expression for what has one of the texts before its question mark. It reads on over everything else, and matches when
 * something is left that is no question mark: to cut off the query first costs more.
 */
export function hasBeforeQuery(texts: readonly string[]): string {
  const groups = [...byFirstCharacter(texts)];
  const first = groups.map(([character]) => escapeInSet(character)).join('');
  const others = groups
    .filter(([, rests]) => !rests.includes(''))
    .map(([character, rests]) => `${escapeRegex(character)}(?!${rests.map(escapeRegex).join('|')})`);
  return `^(?>${[`[^?${first}]++`, ...others].join('|')})*+[^?]`;
}

/**
 * The reasons to send a request again and the guard that keeps them to safe methods belong together: one
 * without the other would write records twice (measured: up to 679 of 1,000).
 */
function renderRetry(out: Emitter, { name: backend, origin, retry }: BackendIr): void {
  out.line(origin, 'retries', count(retry.attempts));
  if (retry.safeMethodsOn.length === 0) {
    out.line(origin, 'retry-on', 'conn-failure');
    return;
  }
  out.remark('Once a request was sent, only methods that change nothing are sent again.');
  out.line(origin, 'retry-on', 'conn-failure', ...retry.safeMethodsOn);
  out.line(
    origin,
    'http-request',
    'disable-l7-retry',
    'unless',
    '{',
    'method',
    'GET',
    'HEAD',
    'OPTIONS',
    '}',
  );
  out.remark(
    'The controller forbids it for a while when retries would double the load of a pool that is in trouble.',
  );
  const isTrue = (variable: string) => ['{', `var(${variable})`, '-m', 'bool', '}'];
  const forbidden = [...isTrue(anyRetryVariable), ...isTrue(retryVariable(backend))];
  out.line(origin, 'http-request', 'disable-l7-retry', 'if', ...forbidden);
}

function renderPersistence(out: Emitter, { name: backend, origin, persistence }: BackendIr): void {
  switch (persistence.kind) {
    case 'none':
      return;
    case 'source-address': {
      const { entries, expire } = persistence;
      // Type ipv6 holds IPv4 addresses too; type ip would not hold IPv6.
      const table = ['type', 'ipv6', 'size', count(entries), 'expire', time(expire), 'peers', peers];
      out.line(origin, 'stick-table', ...table);
      const leadsTo = `src,table_server_id(${name(backend)})`;
      const drained = ['{', leadsTo, '-m', 'int', '-f', relativePath(persistence.drainedList), '}'];
      out.remark(drainedRemark);
      out.line(origin, 'stick', 'match', 'src', 'unless', ...drained);
      out.line(origin, 'stick', 'store-request', 'src');
      return;
    }
    case 'cookie': {
      const words = ['cookie', name(persistence.name), 'insert', 'indirect', 'nocache', 'httponly'];
      if (persistence.secure) words.push('secure');
      out.line(origin, ...words, 'maxidle', time(persistence.idle), 'maxlife', time(persistence.life));
      renderDrainedCookie(out, origin, persistence);
      return;
    }
    default:
      unreachable(persistence, 'persistence');
  }
}

const drainedRemark = 'A client that stuck to a drained server is led to another one, and stays there.';

/**
 * A cookie that names a drained server is made to name none, before HAProxy looks at it; then the client gets a new one
 * like any other. With `ignore-persist` it would get none, and change servers with every request of the drain.
 */
function renderDrainedCookie(
  out: Emitter,
  origin: Path,
  cookie: Extract<PersistenceIr, { kind: 'cookie' }>,
): void {
  const cookieName = name(cookie.name);
  // Behind the name stand the dates of maxidle and maxlife.
  const leadsTo = `req.cook(${cookieName}),field(1,|)`;
  const drained = ['{', leadsTo, '-m', 'str', '-f', relativePath(cookie.drainedList), '}'];
  const named = `^(.*[; ])?${escapeRegex(cookieName)}=[^;]*(.*)$`;
  out.remark(drainedRemark);
  out.line(
    origin,
    'http-request',
    'replace-header',
    'Cookie',
    named,
    `\\1${cookieName}=-\\2`,
    'if',
    ...drained,
  );
}

export function renderCheck(out: Emitter, origin: Path, check: CheckIr): void {
  if (check.kind === 'tcp') {
    out.line(origin, 'option', 'tcp-check');
    out.line(origin, 'tcp-check', 'connect');
    if (check.alsoPort !== undefined) out.line(origin, 'tcp-check', 'connect', 'port', count(check.alsoPort));
    return;
  }
  const { method, path, host, expectStatus } = check.request;
  out.line(origin, 'option', 'httpchk');
  if (check.kind === 'http') out.line(origin, 'http-check', 'connect');
  else
    out.line(origin, 'http-check', 'connect', 'ssl', ...(check.sni === undefined ? [] : ['sni', check.sni]));
  // HTTP/1.1 demands a Host header; without one only HTTP/1.0 is honest.
  const version = host === undefined ? ['HTTP/1.0'] : ['HTTP/1.1', 'hdr', 'Host', literal(host)];
  const userAgent = ['hdr', 'User-Agent', 'aorta-check'];
  out.line(origin, 'http-check', 'send', 'meth', method, 'uri', path, 'ver', ...version, ...userAgent);
  out.line(origin, 'http-check', 'expect', 'status', expectStatus.map(count).join(','));
  // In the end: HAProxy refuses a connection that no expectation follows anywhere else (measured).
  if (check.alsoPort !== undefined) out.line(origin, 'http-check', 'connect', 'port', count(check.alsoPort));
}
