/** What may arrive although the bytes are odd: whole requests, each with one meaning, and nothing behind them. */
export interface Repaired {
  /** `METHOD target`, and the length of the body. */
  readonly arrives: readonly string[];
  readonly why: string;
}

const joined =
  'Folded lines are joined before anybody looks at them (RFC 9112, 5.2); the server gets one line.';
const lineFeed = 'A bare LF may end a line of the head (RFC 9112, 2.2); the server gets CR LF.';
const unknownName = 'It is a header like any other, and its name is removed or means nothing.';
const behind = 'What stands behind the whole request is the next request, for HAProxy as for the server.';
const rechunked = 'HAProxy reads the chunks and writes them anew; 3.0 refuses it.';
const trailers =
  'Trailers are passed on, and cannot be looked at. A server must not take them for headers (RFC 9110, 6.5.1).';
const collapsed =
  'Blanks and tabs around the target are a tolerance of RFC 9112, 3; the server gets one blank.';

const one = (what: string, why: string, ...names: readonly string[]): [string, Repaired][] =>
  names.map((name) => [name, { arrives: what.split(' & '), why }]);
const encodings = (why: string, ...whats: readonly string[]): [string, Repaired][] =>
  whats.flatMap((what) => [
    ...one('POST /case', why, `TE (${what}) and a Content-Length of all`),
    ...one('POST /case +71', why, `TE (${what}) and a Content-Length of the first chunk line`),
    ...one('POST /case & GET /smuggled', `${why} ${behind}`, `TE (${what}) alone`),
  ]);
const ignoredEncodings = (why: string, ...whats: readonly string[]): [string, Repaired][] =>
  whats.flatMap((what) => [
    ...one('POST /case +76', why, `TE (${what}) and a Content-Length of all`),
    ...one(
      'POST /case +4 & GET /smuggled',
      `${why} ${behind}`,
      `TE (${what}) and a Content-Length of the first chunk line`,
    ),
    ...one('POST /case', why, `TE (${what}) alone`),
  ]);

/** By the name of the case. Every other case reaches no server. */
export const repaired: ReadonlyMap<string, Repaired> = new Map([
  ...encodings(joined, 'folded', 'folded with a tab'),
  ...encodings(lineFeed, 'behind a bare LF'),
  ...encodings('A tab is a blank.', 'a tab before the value'),
  ...ignoredEncodings(joined, 'hidden in a folded header'),
  ...ignoredEncodings(unknownName, 'an underscore'),
  ...one(
    'POST /case +5 & GET /smuggled',
    `Equal lengths may become one (RFC 9110, 8.6). ${behind}`,
    'Content-Length a list of equal ones',
    'Content-Length two equal ones',
  ),
  ...one(
    'POST /case +5 & GET /smuggled',
    `3.0 writes it without the zero; 2.6 leaves it, and a rule refuses it. ${behind}`,
    'Content-Length an octal look',
  ),
  ...one('POST /case +5 & GET /smuggled', `${joined} ${behind}`, 'Content-Length folded'),
  ...one('POST /case +5 & GET /smuggled', `${lineFeed} ${behind}`, 'Content-Length behind a bare LF'),
  ...one(
    'POST /case +5',
    rechunked,
    'chunked: a size that ends in LF',
    'chunked: an extension with a bare LF',
    'chunked: data that ends in LF',
    'chunked: a last chunk that ends in LF LF',
  ),
  ...one(
    'POST /case +5',
    'Extensions are not passed on.',
    'chunked: an extension with NUL',
    'a chunk extension',
  ),
  ...one(
    'POST /case',
    trailers,
    'chunked: a folded trailer',
    'chunked: a trailer behind a bare LF',
    'a trailer that would set the length',
    'a trailer that would set the encoding',
    'a trailer that would set the host',
  ),
  ...one(
    'POST /case',
    'Chunks win, the length is removed, and the connection ends with this request (RFC 9112, 6.3).',
    'CL.TE: both, and the smuggled behind the chunks',
  ),
  ...one(
    'GET /case +71',
    'It is legal, and the server gets the length with it.',
    'GET with a body that looks like a request',
    'h2: a body that looks like a request',
  ),
  ...one(
    'POST /case +5',
    'HAProxy says itself where the message ends and whom it is for.',
    'Connection names Content-Length',
    'Connection names Host',
  ),
  ...one('POST /case', 'HAProxy says itself where the message ends.', 'Connection names Transfer-Encoding'),
  ...one('POST /case +5', 'It is legal; the server may answer 417.', 'Expect of something else'),
  ...one(
    'POST /case',
    'Without the upgrade, which is removed, it is a plain request.',
    'an upgrade to HTTP/2 in plain text',
  ),
  ...one('POST /case +71', 'The body belongs to it; 3.0 refuses it.', 'an upgrade with a body of a request'),
  ...one(
    'GET /case',
    lineFeed,
    'header: a header behind a bare LF',
    'LF for every line end',
    'LF at the end of the head',
  ),
  ...one('GET /case & GET /smuggled', `${lineFeed} ${behind}`, 'LF LF and a request behind it'),
  ...one('GET /case', joined, 'header: a folded value'),
  ...one('GET /case', 'Values may hold other bytes than ASCII (RFC 9110, 5.5).', 'header: an 8 bit value'),
  ...one(
    'GET /case',
    'It is removed, or replaced by ours.',
    'header: a name that claims to be ours',
    'header: a name with an underscore that claims to be ours',
  ),
  ...one('GET /case', 'HTTP/1.0 knows no Host.', 'no Host in HTTP/1.0'),
  ...one('GET /case', 'Equal ones become one.', 'two equal Hosts'),
  ...one(
    'GET /case',
    'The server gets the path, and Host says the same.',
    'absolute form with the same host',
  ),
  ...one(
    'GET /case',
    collapsed,
    'request line: two blanks before the target',
    'request line: two blanks before the version',
    'request line: a tab for a blank',
  ),
  ...one(
    'GET /case',
    'Empty lines before a request are ignored (RFC 9112, 2.2).',
    'empty lines before the request',
    'LFs before the request',
  ),
  ...one(
    'GET /good',
    'The good one came first; the connection ends with the bad one.',
    'rubbish behind a good one',
    'two lengths behind a good one',
    'a bad chunk behind a good one',
    'half a request behind a good one',
  ),
  ...one('GET /', 'It becomes the path /.', 'h2: :path that is a star for GET'),
  ...one('get /case', 'A method is any word; servers do not know this one.', 'h2: a lower case :method'),
  ...one(
    'GET /case',
    'Without the upgrade, which is removed, it is a plain request.',
    'h2: an extended CONNECT to another protocol',
  ),
  ...one('GET /case', 'HAProxy writes one Host.', 'h2: another host', 'h2: two hosts'),
  ...one('GET /case', 'Blanks around a value do not belong to it.', 'h2: blanks around a value'),
  ...one('GET /case', unknownName, 'h2: transfer_encoding', 'h2: http2-settings'),
  ...one('POST /case', 'HAProxy says itself that there is no body.', 'h2: content-length without a body'),
  ...one(
    'GET /case',
    'The first request was whole; the connection ends with the second.',
    'h2: the same stream twice',
    'h2: HPACK: a bomb on many streams',
    'h2: the highest stream id, then more',
    'h2: DATA behind the end of the stream',
  ),
]);

/**
 * HAProxy 2.6 may pass on trailers that are none, and no rule sees them: seen with control characters, and with a blank
 * before the colon. They are at the end of one request with one meaning; a server that forgives nothing breaks off.
 */
export function knownToReach(name: string, malformed: readonly string[]): boolean {
  return (
    name.startsWith('chunked: ') &&
    name.includes('trailer') &&
    malformed.every((what) => what.startsWith('trailer '))
  );
}
