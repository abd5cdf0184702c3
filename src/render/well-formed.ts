import type { Emitter } from './emitter.ts';

const http1 = ['{', 'fc_http_major', '1', '}'] as const;
const not = (condition: readonly string[]) => condition.with(0, '!{');
const matches = (fetch: string, expression: string) => ['{', fetch, '-m', 'reg', expression, '}'];
const version = (text: '1.0' | '1.1') => ['{', 'req.ver', text, '}'];
const header = (name: string) => `req.fhdr(${name})`;

/** A name or an address, with or without a port: RFC 9110, section 7.2, without what no site is called. */
const hostValue = '(?:[A-Za-z0-9._-]++|\\[[0-9A-Fa-f:.]++\\])(?::[0-9]{1,5})?';
const lengthValue = '(?:0|[1-9][0-9]*+)';
/** With a host and without a user. */
const wholeUrl = '^https?://[^/?@]+(?:/|\\z)';
/** All bytes that a URL has. */
const urlBytes = '[\\x21-\\x7e]*+\\z';
/** What a value may have, but for tabs. */
const text = (times: '*' | '+') => `[^\\x00-\\x1f\\x7f]${times}+`;
/**
 * A line without what RFC 9110, section 5.5, forbids in a value; the line ends are those that HAProxy itself has read. Tabs
 * are rare, and apart from them: what is allowed besides are two ranges of bytes, which costs less than to look each up.
 */
const line = `${text('+')}(?>\\t${text('*')})*+\\r\\n`;

/** Headers that no server gets. HAProxy has names in lower case. One expression: all headers are looked at for each rule. */
const removed =
  '^(?:forwarded(?:_|$)|x_forwarded|x-forwarded[-_]|transfer_encoding|content_length|http2-settings$)';
/** How those begin, and the others for which there is a rule. */
const noticed =
  'host:|content[-_]length|transfer[-_]encoding|upgrade:|http2-settings:|forwarded[:_]|x[-_]forwarded';

/** Any number of lines, each of one of these kinds. What was read once is not read in another way. */
const lines = (...kinds: readonly string[]) => `(?>${kinds.join('|')})*+`;
const blanks = '[ \\t]*+';
const field = (name: string, value: string) => `${name}: ${blanks}${value}${blanks}\\r\\n`;
const other = `(?!host:|content-length:|transfer-encoding:)${line}`;
const soundLines = [other, field('content-length', lengthValue), field('host', hostValue)];

/** Exactly one host, lengths and codings as they should be, and no header that is noticed. */
const plainLines = lines(
  `(?!${noticed})${line}`,
  `content-length: ${lengthValue}\\r\\n`,
  'transfer-encoding: chunked\\r\\n',
);

/** Expressions for all headers of a request, each in its line, as `req.hdrs` has them. */
export const headerExpressions = {
  plain: `^${plainLines}host: ${hostValue}\\r\\n${plainLines}\\r\\n\\z`,
  /** HTTP/1.0 has no codings. */
  soundIn10: `^${lines(...soundLines)}\\r\\n\\z`,
  sound: `^${lines(...soundLines, field('transfer-encoding', 'chunked'))}\\r\\n\\z`,
  removed,
} as const;

/** Of a request that was let through; the cheaper question comes first. */
export const hasHost = ['!odd', '||', '{', header('host'), '-m', 'found', '}'];

/**
 * Refuses what HAProxy reads in one way and a server might read in another. HAProxy's own parser refuses most of it,
 * 3.0 more than 2.6; these rules are what tests found to be missing in one of them. Besides smuggling it is about
 * the servers: one that closes the connection at a control character has failed for the passive check, and six such
 * requests took a pool of two out (measured).
 *
 * One look settles nearly all requests: those that no rule is about. Others are odd, which says nothing against them, and
 * only they meet the rules.
 */
export function renderWellFormed(out: Emitter): void {
  const acl = (name: string, ...test: readonly string[]) => out.line(undefined, 'acl', name, ...test);
  const rule = (...words: readonly string[]) => out.line(undefined, 'http-request', ...words);
  const deny = (...condition: readonly string[]) => rule('deny', 'deny_status', '400', ...condition);
  const { plain, sound, soundIn10 } = headerExpressions;
  const hostFound = ['{', header('host'), '-m', 'found', '}'];

  out.remark(
    'Two readers must not understand a request differently. What HAProxy would pass on is refused here.',
  );
  out.remark(
    'Nearly all requests are plain: a path without strange bytes, a version that is spoken, one host, and no header that is removed or refused below. The others get a closer look.',
  );
  acl('plain-headers', 'req.hdrs', '-m', 'reg', '--', plain);
  acl('odd', 'var(txn.odd)', '-m', 'bool');
  const plainRequest = [...version('1.1'), ...matches('url', `^/${urlBytes}`), 'plain-headers'];
  const tunnel = ['{', 'method', 'CONNECT', '}'];
  // In HTTP/1 HAProxy refuses a CONNECT to what begins with a slash.
  const plainInHttp2 = [
    ...not(http1),
    ...not(tunnel),
    ...matches('url', `^https?://[^/?@]+/${urlBytes}`),
    'plain-headers',
  ];
  rule('set-var(txn.odd)', 'bool(true)', 'unless', ...plainRequest, '||', ...plainInHttp2);
  out.remark('A whole URL is legal (RFC 9112, 3.2.2) and becomes its path.');
  const path = '%[url,regsub("^https?://[^/?@]+/?","/")]';
  rule('set-uri', path, 'if', 'odd', ...http1, ...matches('url', wholeUrl));
  out.remark(
    'A tunnel to anywhere is refused: nothing behind it would be seen. So is any other target but a path, and bytes that no URL has.',
  );
  const target = matches('url', `^(?=${urlBytes})(?:/|${wholeUrl.slice(1)})`);
  const options = ['{', 'method', 'OPTIONS', '}', ...matches('url', `^${urlBytes}`)];
  deny('unless', '!odd', '||', ...not(tunnel), ...target, '||', ...options);
  out.remark(
    'A version that is none, or that was not spoken; a host that is none (only HTTP/1.0 may leave it out); control characters, which some servers take for the end of a line or a text; a length that is none, and any coding but the one that says where a message ends, which HTTP/1.0 does not have.',
  );
  acl('sound-headers', 'req.hdrs', '-m', 'reg', '--', sound);
  acl('sound-headers-1.0', 'req.hdrs', '-m', 'reg', '--', soundIn10);
  const soundRequest = [...version('1.1'), ...hostFound, 'sound-headers'];
  const soundInHttp2 = [...not(http1), ...hostFound, 'sound-headers'];
  const soundInHttp10 = [...version('1.0'), 'sound-headers-1.0'];
  deny('unless', '!odd', '||', ...soundRequest, '||', ...soundInHttp2, '||', ...soundInHttp10);
  out.remark(
    'What a client says about its own way here is not believed. Some servers take an underscore in a name for a hyphen. An upgrade to HTTP/2 would be a tunnel, too.',
  );
  rule('del-header', removed, '-m', 'reg', 'if', 'odd');
  out.remark('Many clients offer to upgrade, and do as well without.');
  rule('del-header', 'Upgrade', 'if', 'odd', '!{', header('upgrade'), '-i', 'websocket', '}');
}
