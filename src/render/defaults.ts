import type { AccessLogIr, HaproxyIr } from '../ir/haproxy.ts';
import { connectionLogFormat, requestLogFormat, sourceVariable } from './access-log.ts';
import type { Emitter } from './emitter.ts';
import { renderErrorAnswers, renderStalledAnswer } from './errors.ts';
import { eventsRing } from './events.ts';
import { hasHost, renderWellFormed } from './well-formed.ts';

/** The section that a frontend takes its defaults from. */
export function frontendDefaults({ clientAddress }: AccessLogIr): string {
  return `aorta.frontends.client-${clientAddress}`;
}

/** The section that every backend takes its defaults from. */
export const backendDefaults = 'aorta.backends';

/** The section that every watch takes its defaults from. */
export const watchDefaults = 'aorta.watches';

/** What all proxies have in common. Only sections that are used are written. */
export function renderDefaults(out: Emitter, ir: HaproxyIr): void {
  const line = (...words: readonly string[]) => out.line(undefined, ...words);
  out.section(undefined, 'defaults', 'aorta');
  line('mode', 'http');
  line('option', 'http-keep-alive');
  out.remark('On a reload idle connections are closed with their next response, never under a request.');
  line('option', 'idle-close-on-response');
  out.remark('A connection that sends nothing is closed without an answer and without a log line.');
  line('option', 'http-ignore-probes');
  line('option', 'dontlognull');

  for (const clientAddress of ['full', 'network', 'none'] as const) {
    const uses = ir.frontends.some((frontend) => frontend.accessLog.clientAddress === clientAddress);
    if (uses) renderFrontendDefaults(out, clientAddress);
  }
  renderBackendDefaults(out);
  if (ir.watches.length > 0) renderWatchDefaults(out);
}

function renderWatchDefaults(out: Emitter): void {
  const line = (...words: readonly string[]) => out.line(undefined, ...words);
  out.section(undefined, 'defaults', watchDefaults, 'from', 'aorta');
  out.remark('Machines that are watched and told about: no frontend leads to them.');
  line('log', 'global');
  line('load-server-state-from-file', 'global');
  out.remark('Demanded of every backend; there is no request that it could be about.');
  line('timeout', 'server', '1s');
}

function renderFrontendDefaults(out: Emitter, clientAddress: AccessLogIr['clientAddress']): void {
  const line = (...words: readonly string[]) => out.line(undefined, ...words);
  const section = frontendDefaults({ clientAddress, pathWords: [] });
  out.section(undefined, 'defaults', section, 'from', 'aorta');
  out.remark('One line of JSON for each request. No query, header, cookie or raw path ever gets into it.');
  line('log', 'stdout', 'len', '8192', 'format', 'raw', 'local0', 'info');
  line('log-format', requestLogFormat());
  out.remark('The same for connections that fail before there is a request, such as a refused handshake.');
  line('error-log-format', connectionLogFormat(clientAddress));
  line('http-request', 'set-var(txn.method)', 'method', 'if', '{', 'method', ...loggedMethods, '}');
  renderWellFormed(out);
  // None is left that would have to be replaced: adding costs less.
  line('http-request', 'add-header', 'X-Forwarded-For', `%[var(${sourceVariable})]`);
  // The first one is the only one left, and costs less than the last one, for which all are looked at.
  line('http-request', 'add-header', 'X-Forwarded-Host', '%[req.fhdr(host,1)]', 'if', ...hasHost);
  line('http-request', 'add-header', 'X-Forwarded-Port', '%[dst_port]');
  out.remark(
    'Answers of our own are JSON, or a FHIR OperationOutcome on FHIR paths. Answers of servers pass unchanged.',
  );
  renderErrorAnswers(out);
}

/** Any other method is logged as OTHER: a method is text that the client chooses. */
const loggedMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function renderBackendDefaults(out: Emitter): void {
  const line = (...words: readonly string[]) => out.line(undefined, ...words);
  out.section(undefined, 'defaults', backendDefaults, 'from', 'aorta');
  out.remark('Messages about servers that go up and down.');
  line('log', 'global');
  line('log', `ring@${eventsRing}`, 'local0', 'notice');
  line('load-server-state-from-file', 'global');
  out.remark('A failed connection is retried on another server: nothing was sent yet.');
  line('option', 'redispatch', '1');
  out.remark(
    'Connections to servers are shared: opening one for each request costs up to 12 times the CPU time.',
  );
  line('http-reuse', 'always');
  out.remark(
    'A body is awaited, up to the size of a buffer, before a server is chosen. Else HAProxy blames the server when a client stalls, and with passive checks a few such clients take a sound server out.',
  );
  line('option', 'http-buffer-request');
  renderStalledAnswer(out);
}
