import type { GlobalIr } from '../ir/haproxy.ts';
import { backendSuffix, hop, hopServer } from '../ir/hop.ts';
import type { Path } from '../kernel/path.ts';
import { hopField, hopFieldsOf, hopUnknown, hopVariables } from './access-log.ts';
import { backendDefaults } from './defaults.ts';
import type { Emitter } from './emitter.ts';
import { absolutePath, count, name, time } from './quote.ts';

/**
 * HAProxy takes a server that closes its connection without an answer for an idle one that timed out, and tells an
 * HTTP/2 client REFUSED_STREAM, or closes a kept HTTP/1.1 connection: both say that nothing was done, and clients send
 * a POST again. Not so when the request was the first of its connection (2.6) or the server connection was new (3.0):
 * then it answers 502. So a write goes to HAProxy once more, each over a connection of its own.
 */

/**
 * Bodies of more bytes, and those of unknown length, go to the servers directly. HAProxy 2.6 with several threads stalls
 * for good in a unix socket that is full (measured: 2 of 6 uploads of 50 MB; none with one thread, over TCP, or with
 * 3.0). So much always fits into one.
 */
const longest = '65536';

/** Methods that change nothing, and those that are no requests to a server. */
const direct = ['GET', 'HEAD', 'OPTIONS', 'CONNECT', 'TRACE'];

/** To the inner side: the service that the request is for. Back: what the log is to say about the servers. */
const header = 'aorta-hop';

/** On answers that HAProxy gave itself on the inner side. */
const ownHeader = 'aorta-own';

/**
 * None of its own: on both sides the time limits of the service apply, and when they end one side the other one ends
 * with it.
 */
const noLimit = '24h';

/** The statuses of answers of our own that have a body of ours. */
const ownStatuses = [400, 408, 500, 502, 503, 504];

/** Sends the writes of a service over the hop. @param backend where everything else goes */
export function renderToHop(out: Emitter, origin: Path, backend: string): void {
  out.remark('Writes take the hop: a server that breaks off is reported, so that no client repeats them.');
  // Most requests are reads, and need no more than one question.
  out.line(origin, 'use_backend', name(backend), 'if', '{', 'method', 'GET', '}');
  const isWrite = ['!{', 'method', ...direct, '}'];
  const length = 'req.fhdr(content-length)';
  out.line(origin, 'use_backend', hop, 'if', ...isWrite, '{', length, '-m', 'int', 'le', longest, '}');
  const unsaid = ['!{', length, '-m', 'found', '}', '!{', 'req.fhdr(transfer-encoding)', '-m', 'found', '}'];
  out.line(origin, 'use_backend', hop, 'if', '{', 'method', 'DELETE', '}', ...unsaid);
}

/** Both sides of the hop. They are always there: after a reload an old worker may still send writes this way. */
export function renderHop(out: Emitter, { account, hopBody, hopConnections, runtime }: GlobalIr): void {
  const socket = `unix@${absolutePath(runtime.hopSocket)}`;
  renderOuterSide(out, socket, hopBody);
  const owner = account === undefined ? [] : ['user', name(account.user), 'group', name(account.group)];
  renderInnerSide(
    out,
    ['bind', socket, 'name', 'hop', 'accept-proxy', 'mode', '600', ...owner],
    hopConnections,
  );
}

function renderOuterSide(out: Emitter, socket: string, hopBody: number): void {
  const line = (...words: readonly string[]) => out.line(undefined, ...words);
  out.section(undefined, 'backend', hop, 'from', backendDefaults);
  out.remark('A connection for each write: a kept one would bring back what the hop is there against.');
  line('load-server-state-from-file', 'none');
  line('http-reuse', 'never');
  line('option', 'http-server-close');
  line('retries', '3');
  line('retry-on', 'conn-failure');
  line('timeout', 'connect', '5s');
  out.remark('For the beginning of a body: as long as the most patient service waits.');
  line('timeout', 'http-request', time(hopBody));
  line('timeout', 'server', noLimit);
  line('http-request', 'set-header', header, '%f');
  out.remark('Until the inner side says more, no server is known.');
  line('http-request', `set-var(${hopVariables.prefix})`, `str(${hopField})`);
  line('http-request', `set-var-fmt(${hopVariables.said})`, hopUnknown);
  line('http-response', `set-var(${hopVariables.said})`, `res.fhdr(${header})`);
  line('http-response', `set-var(${hopVariables.own})`, `res.fhdr(${ownHeader})`);
  line('http-response', 'del-header', header);
  line('http-response', 'del-header', ownHeader);
  out.remark('Answers of HAProxy itself are given here, where the service has its own.');
  for (const status of ownStatuses.map(count)) {
    const own = ['{', `var(${hopVariables.own})`, '-m', 'found', '}', '{', 'status', status, '}'];
    line('http-response', 'return', 'status', status, 'default-errorfiles', 'if', ...own);
  }
  line('server', hopServer, socket, 'send-proxy-v2', 'pool-max-conn', '0');
}

function renderInnerSide(out: Emitter, bind: readonly string[], maxConnections: number): void {
  const line = (...words: readonly string[]) => out.line(undefined, ...words);
  const after = (...words: readonly string[]) => line('http-after-response', ...words);
  out.section(undefined, 'frontend', hop, 'from', 'aorta');
  out.remark('Takes writes from the backend of this name; not reachable from the network. It logs nothing.');
  line(...bind);
  line('maxconn', count(maxConnections));
  line('timeout', 'client', noLimit);
  line('http-request', 'set-var(txn.service)', `req.fhdr(${header})`);
  line('http-request', 'del-header', header);
  line('http-response', 'set-var(txn.from_server)', 'bool(true)');
  out.remark(
    'What only this side knows, for the line of the log. A server cannot say it: its own is overwritten.',
  );
  after('set-header', header, hopFieldsOf());
  after('del-header', ownHeader);
  after('allow', 'if', '{', 'var(txn.from_server)', '-m', 'bool', '}');
  out.remark('Before HAProxy 3.0 it is not settled at this point how the request ended, but it follows.');
  after('set-var-fmt(txn.end)', '%ts');
  after('set-var-fmt(txn.queue)', '%Tw,%rc');
  const open = ['{', 'var(txn.end)', '-m', 'str', '--', '--', '}'];
  // It was in a queue, and no server was ever tried.
  const queued = [
    '{',
    'var(txn.queue)',
    '-m',
    'reg',
    '^[0-9]+,0$',
    '}',
    '!{',
    'srv_name',
    '-m',
    'found',
    '}',
  ];
  after('set-var(txn.end)', 'str(SH)', 'if', ...open, '{', 'status', '502', '}');
  after('set-var(txn.end)', 'str(sH)', 'if', ...open, '{', 'status', '504', '}');
  after('set-var(txn.end)', 'str(sQ)', 'if', ...open, '{', 'status', '503', '}', ...queued);
  after('set-var(txn.end)', 'str(SC)', 'if', ...open, '{', 'status', '503', '}');
  after('set-var(txn.end)', 'str(PR)', 'if', ...open);
  after('set-header', header, hopFieldsOf('txn.end'));
  after('set-header', ownHeader, hopField);
  line('use_backend', `%[var(txn.service)]${backendSuffix}`);
}
