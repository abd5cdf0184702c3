import type { Emitter } from './emitter.ts';

const http1 = ['{', 'fc_http_major', '1', '}'] as const;
const not = (condition: readonly string[]) => condition.with(0, '!{');
const matches = (fetch: string, expression: string) => ['{', fetch, '-m', 'reg', expression, '}'];

/** A name or an address, with or without a port: RFC 9110, section 7.2, without what no site is called. */
const hostValue = '^([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?$';
/** With a host and without a user. */
const wholeUrl = '^https?://[^/?@]+(/|$)';
/** All that RFC 9110, section 5.5, forbids in a value, but the line ends that HAProxy itself has read. */
const controlCharacters = '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]';

/** Headers that no server gets. HAProxy has names in lower case. One expression: all headers are looked at for each rule. */
const removed =
  '^(?:forwarded(?:_|$)|x_forwarded|x-forwarded[-_]|transfer_encoding|content_length|http2-settings$)';

/**
 * Refuses what HAProxy reads in one way and a server might read in another. HAProxy's own parser refuses most of it,
 * 3.0 more than 2.6; these rules are what tests found to be missing in one of them. Besides smuggling it is about
 * the servers: one that closes the connection at a control character has failed for the passive check, and six such
 * requests took a pool of two out (measured).
 *
 * Of the conditions of a rule the one comes first that ends the look at it for most requests.
 */
export function renderWellFormed(out: Emitter): void {
  const rule = (...words: readonly string[]) => out.line(undefined, 'http-request', ...words);
  const deny = (...condition: readonly string[]) => rule('deny', 'deny_status', '400', ...condition);

  out.remark(
    'Two readers must not understand a request differently. What HAProxy would pass on is refused here.',
  );
  out.remark('A version that is none, or that was not spoken.');
  deny('if', '!{', 'req.ver', '1.1', '1.0', '}', ...http1);
  out.remark('A host that is none. Only HTTP/1.0 may leave it out.');
  const hostFound = ['{', 'req.fhdr(host)', '-m', 'found', '}'];
  const unsound = not(matches('req.fhdr(host)', hostValue));
  deny('if', ...unsound, '!{', 'req.ver', '1.0', '}');
  deny('if', '{', 'req.ver', '1.0', '}', ...hostFound, ...unsound);
  out.remark('A tunnel to anywhere: nothing behind it would be seen.');
  deny('if', '{', 'method', 'CONNECT', '}');
  out.remark(
    'A whole URL is legal (RFC 9112, 3.2.2) and becomes its path; any other target but a path is refused.',
  );
  // Nearly all are paths, and a regular expression costs more than a look at the first byte.
  const noPath = ['!{', 'url_beg', '/', '}'];
  // HAProxy 2.6 has an empty path for a URL without one.
  rule('set-uri', '/', 'if', ...noPath, ...http1, ...matches('url', '^https?://[^/?@]+$'));
  rule('set-uri', '%[pathq]', 'if', ...noPath, ...http1, ...matches('url', wholeUrl));
  deny('if', ...noPath, ...not(matches('url', wholeUrl)), '!{', 'method', 'OPTIONS', '}');
  out.remark(
    'Bytes that no URL has, and control characters, which some servers take for the end of a line or a text.',
  );
  deny('if', ...matches('url', '[^\\x21-\\x7e]'));
  deny('if', ...matches('req.hdrs', controlCharacters));
  out.remark('A length that is none, and any coding but the one that says where a message ends.');
  deny(
    'if',
    '{',
    'req.fhdr(content-length)',
    '-m',
    'found',
    '}',
    ...not(matches('req.fhdr(content-length)', '^(0|[1-9][0-9]*)$')),
  );
  deny(
    'if',
    '{',
    'req.fhdr(transfer-encoding)',
    '-m',
    'found',
    '}',
    '!{',
    'req.fhdr(transfer-encoding)',
    '-m',
    'str',
    'chunked',
    '}',
  );
  deny('if', '{', 'req.fhdr(transfer-encoding)', '-m', 'found', '}', '{', 'req.ver', '1.0', '}');
  out.remark(
    'What a client says about its own way here is not believed. Some servers take an underscore in a name for a hyphen. An upgrade to HTTP/2 would be a tunnel, too.',
  );
  rule('del-header', removed, '-m', 'reg');
  out.remark('Many clients offer to upgrade, and do as well without.');
  rule('del-header', 'Upgrade', 'unless', '{', 'req.fhdr(upgrade)', '-i', 'websocket', '}');
}
