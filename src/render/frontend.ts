import type { BindIr, FrontendIr, RedirectIr, ServeIr } from '../ir/haproxy.ts';
import type { Path } from '../kernel/path.ts';
import { renderConnectionRules, renderPathRule, renderRequestIdRule } from './access-log.ts';
import { frontendDefaults } from './defaults.ts';
import type { Emitter } from './emitter.ts';
import { renderServiceErrors } from './errors.ts';
import { renderToHop } from './hop.ts';
import { renderLimits, renderLimitTables, renderSourceShare } from './limits.ts';
import { absolutePath, address, argument, count, name, relativePath, time } from './quote.ts';

export function renderFrontend(out: Emitter, frontend: FrontendIr): void {
  const { origin, behaviour, timeouts } = frontend;
  out.section(origin, 'frontend', name(frontend.name), 'from', frontendDefaults(frontend.accessLog));
  for (const bind of frontend.binds) renderBind(out, bind);
  out.line(origin, 'maxconn', count(frontend.maxConnections));
  out.line(origin, 'timeout', 'client', time(timeouts.client));
  out.line(origin, 'timeout', 'http-request', time(timeouts.request));
  out.line(origin, 'timeout', 'http-keep-alive', time(timeouts.keepAlive));
  renderSourceShare(out, frontend);
  renderConnectionRules(out, frontend);
  renderPathRule(out, origin, frontend.accessLog);
  if (behaviour.kind === 'redirect') {
    renderRedirect(out, origin, behaviour);
    return;
  }
  renderRequestIdRule(out, origin, frontend.accessLog);
  renderServe(out, frontend, behaviour);
  renderLimitTables(out, frontend);
}

function renderBind(out: Emitter, bind: BindIr): void {
  const { origin, tls } = bind;
  const ipv6 = bind.address.includes(':');
  const place = `${ipv6 ? `[${address(bind.address)}]` : address(bind.address)}:${count(bind.port)}`;
  const words = ['bind', place, 'name', name(bind.name)];
  // Else `::` would take IPv4 clients too, and clash with a listener on 0.0.0.0.
  if (ipv6) words.push('v6only');
  if (tls !== undefined) {
    words.push('ssl', 'crt-list', relativePath(tls.certificateList));
    words.push('alpn', tls.alpn.join(','), 'ssl-min-ver', tls.minimumVersion);
    if (tls.ticketKeysFile !== undefined) words.push('tls-ticket-keys', absolutePath(tls.ticketKeysFile));
  }
  out.line(origin, ...words);
}

function renderServe(out: Emitter, frontend: FrontendIr, serve: ServeIr): void {
  const { origin } = frontend;
  out.line(origin, 'http-request', 'add-header', 'X-Forwarded-Proto', scheme(frontend));
  renderServiceErrors(out, origin, serve.errors);
  if (serve.allowList !== undefined) {
    out.remark('The access list.');
    const listed = ['src', '-f', relativePath(serve.allowList)];
    out.line(origin, 'http-request', 'deny', 'deny_status', '403', 'unless', '{', ...listed, '}');
  }
  renderLimits(out, frontend, serve);
  if (serve.hstsSeconds !== undefined) {
    const header = 'Strict-Transport-Security';
    out.remark('Browsers come back over https only; a header of the servers is left as it is.');
    const withTls = frontend.binds.every(({ tls }) => tls !== undefined) ? [] : ['{', 'ssl_fc', '}'];
    const missing = [...withTls, '!{', `res.fhdr(${header})`, '-m', 'found', '}'];
    const value = `max-age=${count(serve.hstsSeconds)}`;
    out.line(origin, 'http-after-response', 'set-header', header, value, 'if', ...missing);
  }
  if (serve.unansweredWrites === 'report') renderToHop(out, origin, serve.backend);
  out.line(origin, 'default_backend', name(serve.backend));
}

/** What clients speak; asked for each request only where some have TLS and some have not. */
function scheme({ binds }: FrontendIr): string {
  if (binds.every(({ tls }) => tls !== undefined)) return 'https';
  return binds.some(({ tls }) => tls !== undefined) ? '%[ssl_fc,iif(https,http)]' : 'http';
}

/** Sends clients on with the path and query as they came; only the beginning of the URL is ours. */
function renderRedirect(out: Emitter, origin: Path, redirect: RedirectIr): void {
  const [first] = redirect.hostnames;
  out.remark('Clients are sent to a name that is ours, never to one that they made up.');
  out.line(origin, 'http-request', 'set-var(txn.host)', 'req.fhdr(host),host_only,lower');
  if (first === undefined) {
    // The service has no names, so the client's is kept if it is a name or an address at all.
    const sound = '^([a-z0-9.-]+|\\[[0-9a-f:.]+\\])$';
    out.line(
      origin,
      'http-request',
      'deny',
      'deny_status',
      '400',
      'unless',
      '{',
      'var(txn.host)',
      '-m',
      'reg',
      sound,
      '}',
    );
  } else {
    for (const hostname of redirect.hostnames) {
      out.line(origin, 'acl', 'our-name', 'var(txn.host)', '-m', 'str', '--', hostname);
    }
    out.line(origin, 'http-request', 'set-var(txn.host)', `str(${argument(first)})`, 'unless', 'our-name');
  }
  const port = redirect.port === 443 ? '' : `:${count(redirect.port)}`;
  const target = ['prefix', `https://%[var(txn.host)]${port}`];
  out.line(
    origin,
    'http-request',
    'redirect',
    ...target,
    'code',
    '301',
    'if',
    '{',
    'method',
    'GET',
    'HEAD',
    '}',
  );
  out.line(origin, 'http-request', 'redirect', ...target, 'code', '308');
}
