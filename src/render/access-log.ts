import type { AccessLogIr, FrontendIr } from '../ir/haproxy.ts';
import type { Path } from '../kernel/path.ts';
import type { Emitter } from './emitter.ts';
import { argument, byFirstCharacter, escapeRegex } from './quote.ts';

/**
 * Log lines are JSON whatever a client sends: every value is a number, comes from a closed set, or was
 * reduced to harmless characters before.
 */

type Field = readonly [key: string, value: string];

/**
 * UTC with milliseconds, of the moment the line is written. Both parts come from one clock reading: that of HAProxy, which a
 * thread makes when it wakes up, and not while it writes a line. Nothing is trimmed: a number becomes text by it, as `bytes`
 * demands, and no other converter of text does so little.
 */
const timeField: Field = ['time', '"%[date,utime("%Y-%m-%dT%H:%M:%S")].%[date(0,ms),ltrim(-),bytes(10,3)]Z"'];

const quotationMark = argument('"');

/**
 * The value of a fetch as a JSON string, or null when there is none. HAProxy has no word for "else", so the
 * quoted value goes to a variable, is cut to nothing, and the variable is printed with its default.
 */
function textOrNull(fetch: string): string {
  const variable = `txn.log_${fetch}`;
  const quoted = `${fetch},regsub("^(.+)$","\\"\\1\\""),set-var(${variable}),bytes(65535)`;
  return `%{-M}[${quoted}]%[var(${variable},null)]`;
}

/**
 * The same for the server in the line of the log, of which there is one for each request. A quotation mark goes to a variable
 * when there is a server, and ends the name; without the mark its default is what is printed.
 */
const serverOrNull = `%{-M}[srv_id,iif(${quotationMark},${quotationMark}),set-var(txn.log_quote)]%{-M}[srv_name]%[var(txn.log_quote,null)]`;

/** A variable whose value ends with a quotation mark, from {@link closed}: with the other one before it, or null. */
function quotedOrNull(variable: string): string {
  return `%{-M}[var(${variable}),length,iif(${quotationMark},"")]%[var(${variable},null)]`;
}

/** Ends a value: to put it into a format of its own, with both marks, costs more. */
const closed = `concat(${quotationMark})`;

function clientField(clientAddress: AccessLogIr['clientAddress']): Field {
  const values = { none: 'null', network: '"%[src,ipmask(24,48)]"', full: '"%[src]"' } as const;
  return ['client', values[clientAddress]];
}

/**
 * The fields about TLS and the client of a connection, as the value of the first: what is the same for all its requests is
 * put together once.
 */
const connectionVariable = 'sess.connection';

/** The address of the client as text, for the same reason: to write one takes longer than to look it up. */
export const sourceVariable = 'sess.source';

function object(fields: readonly Field[]): string {
  return `{${fields.map(([key, value]) => `"${key}":${value}`).join(',')}}`;
}

/**
 * A write goes through HAProxy twice, and the line is written where the client is. What the servers did is known only on
 * the other side of the hop, which says it; what is said here under these names is then about the hop itself, and gets a
 * name that tells so. HAProxy's timers can be printed, but not replaced; the name before them can.
 */
export const hopField = 'hop_';

export const hopVariables = {
  /** {@link hopField} for a write that takes the hop. */
  prefix: 'txn.hop',
  /** {@link hopFieldsOf} of the inner side. */
  said: 'txn.hop_said',
  /** {@link hopField} when HAProxy answered by itself on the inner side. */
  own: 'txn.hop_own',
};

/** The fields about the servers, as the inner side of the hop sees them. @param end the variable with how it ended there, when that counts */
export function hopFieldsOf(end?: string): string {
  const fields = [
    ...serverFields,
    ...(end === undefined ? [] : [['termination', `"%[var(${end})]"`] as const]),
  ];
  return fields.map(([key, value]) => `,"${key}":${value}`).join('');
}

/** The same for a request of which the inner side has said nothing. */
export const hopUnknown = ',"server":null,"queue_ms":-1,"connect_ms":-1,"response_ms":-1,"retries":"0"';

const serverFields = [
  ['server', textOrNull('srv_name')],
  ['queue_ms', '%Tw'],
  ['connect_ms', '%Tc'],
  ['response_ms', '%Tr'],
  ['retries', '"%rc"'],
] as const satisfies readonly Field[];

/** A name that stands for the hop when the request takes it. */
function hopAware(key: string, variable = hopVariables.prefix): string {
  return `%{-M}[var(${variable})]${key}`;
}

/** One line for each request. Times are milliseconds; -1 means that the request did not get that far. */
export function requestLogFormat(): string {
  return object([
    timeField,
    ['event', '"request"'],
    ['service', '"%f"'],
    [hopAware('server'), serverOrNull],
    ['method', '"%[var(txn.method,OTHER)]"'],
    ['path', '%[var(txn.path,null)]'],
    ['status', '%ST'],
    ['bytes_in', '%U'],
    ['bytes_out', '%B'],
    ['request_ms', '%TR'],
    [hopAware('queue_ms'), '%Tw'],
    [hopAware('connect_ms'), '%Tc'],
    [hopAware('response_ms'), '%Tr'],
    ['total_ms', '%Ta'],
    [hopAware('termination', hopVariables.own), '"%ts"'],
    [hopAware('retries'), '"%rc"'],
    ['limit', '%[var(txn.limit,null)]'],
    ['http_version', '%[fc_http_major]'],
    ['tls_version', `%[var(${connectionVariable},${argument('null,"tls_cipher":null,"client":null')})]`],
    ['request_id', `${quotedOrNull('txn.request_id')}%{-M}[var(${hopVariables.said})]`],
  ]);
}

/** One line for each connection that ended before it had a well-formed request. */
export function connectionLogFormat(clientAddress: AccessLogIr['clientAddress']): string {
  return object([
    timeField,
    ['event', '"%[fc_err,bool,iif(connection-failed,request-malformed)]"'],
    ['service', '"%f"'],
    ['error', '"%[fc_err_str,json(utf8s)]"'],
    ['tls_error', '"%[ssl_fc_err_str,json(utf8s)]"'],
    clientField(clientAddress),
  ]);
}

/** Long enough for any path of an API; a line of the log has its limits too. */
const longestPath = 512;

/**
 * Prepares what is said of every request of a connection. In each frontend: HAProxy 2.6 does not look at these rules of a
 * section of defaults unless the frontend has some of its own.
 */
export function renderConnectionRules(out: Emitter, frontend: FrontendIr): void {
  const { origin, binds, accessLog } = frontend;
  const rule = (...words: readonly string[]) => out.line(origin, 'tcp-request', 'session', ...words);
  const [key, client] = clientField(accessLog.clientAddress);
  const fields = (version: string, cipher: string) => `${version},"tls_cipher":${cipher},"${key}":${client}`;
  const withTls = fields('"%[ssl_fc_protocol]"', '"%[ssl_fc_cipher]"');
  const set = `set-var-fmt(${connectionVariable})`;
  const plain = binds.filter(({ tls }) => tls === undefined).length;
  out.remark(
    'The client, and TLS as it was agreed on at the beginning of the connection, for headers and the log.',
  );
  rule(`set-var-fmt(${sourceVariable})`, '%[src]');
  if (plain < binds.length) rule(set, withTls, ...(plain === 0 ? [] : ['if', '{', 'ssl_fc', '}']));
  if (plain > 0)
    rule(set, fields('null', 'null'), ...(plain === binds.length ? [] : ['unless', '{', 'ssl_fc', '}']));
}

/** Prepares what the log will say about the path, as long as it is to be seen. */
export function renderPathRule(out: Emitter, origin: Path, { pathWords }: AccessLogIr): void {
  const template = `path,bytes(0,${longestPath}),${pathTemplate(pathWords)}`;
  out.remark('The log gets the path with every segment replaced that is not a known word.');
  out.line(origin, 'http-request', 'set-var-fmt(txn.path)', `"%[${template}]"`);
}

/** Prepares what the log will say about the request id of the servers. */
export function renderRequestIdRule(out: Emitter, origin: Path, { requestIdHeader }: AccessLogIr): void {
  if (requestIdHeader === undefined) return;
  const header = `res.fhdr(${argument(requestIdHeader)})`;
  const emptyUnlessSound = `regsub(${argument('^(?![0-9A-Za-z._-]{1,64}"\\z)(?s:.*)')},"")`;
  out.remark('The log gets the request id of the servers, if it looks like one.');
  // Each answer has an id of its own, so that a condition, for which HAProxy remembers what it has found, costs more.
  const value = `${header},${closed},${emptyUnlessSound}`;
  out.line(origin, 'http-response', 'set-var(txn.request_id,ifnotempty)', value);
}

/**
 * Keeps the known words, and `v1` and the like: two digits identify nobody, while the numbers of visits often look like
 * `v00012345678`. Every other segment, however it is written, becomes `{id}`. Segments are behind a slash: a path is what
 * begins with the first one. An expression that can begin with nothing else finds it without a look at what is between.
 */
function pathTemplate(words: readonly string[]): string {
  const known = [...byFirstCharacter(words)].map(([first, rests]) => {
    const [only = '', ...more] = rests.map(escapeRegex);
    return `${escapeRegex(first)}${more.length === 0 ? only : `(?:${[only, ...more].join('|')})`}`;
  });
  const kept = ['v[0-9]{1,2}', ...known].join('|');
  return `regsub(${argument(`/(?!(?:${kept})(?:/|$))[^/]+`)},"/{id}",g)`;
}
