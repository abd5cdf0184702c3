/** One request as a strict server reads it from its connection. */
export interface StrictRequest {
  readonly method: string;
  readonly target: string;
  /** Names in lower case, in the order of arrival. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export type Reading =
  | { readonly kind: 'whole'; readonly request: StrictRequest; readonly rest: string }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'malformed'; readonly what: string };

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const requestLine = new RegExp(`^(${token}) ([!-"$-~]+) HTTP/1\\.([01])$`);
const headerLine = new RegExp(`^(${token}):[ \\t]*((?:[!-~\\x80-\\xff][\\t -~\\x80-\\xff]*)?)$`);

/**
 * Reads one HTTP/1.1 request and forgives nothing (RFC 9112): what two readers could understand differently is
 * malformed. Text is Latin-1, one character a byte.
 */
export function readStrict(text: string): Reading {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return text.length > 200_000 ? malformed('a head without an end') : { kind: 'unfinished' };
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const [, method, target, minor] = requestLine.exec(first) ?? [];
  if (method === undefined || target === undefined) return malformed(`request line ${shown(first)}`);
  const headers: (readonly [string, string])[] = [];
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line) ?? [];
    if (name === undefined || value === undefined) return malformed(`header line ${shown(line)}`);
    headers.push([name.toLowerCase(), value.trimEnd()]);
  }
  const all = (name: string) => headers.filter(([one]) => one === name).map(([, value]) => value);
  const mayLackHost = minor === '0' && all('host').length === 0;
  if (all('host').length !== 1 && !mayLackHost) return malformed(`${all('host').length} Host headers`);
  const framing = framingOf(all('content-length'), all('transfer-encoding'));
  if (typeof framing === 'object') return framing;
  if (framing === 'chunked' && minor === '0') return malformed('chunks in HTTP/1.0');
  if (all('upgrade').some((value) => value.toLowerCase() !== 'websocket'))
    return malformed('an upgrade to a tunnel');
  if (method === 'CONNECT') return malformed('CONNECT');
  if (!/^(\/|\*$)/.test(target)) return malformed(`target ${shown(target)}`);
  const read = framing === 'chunked' ? readChunks(text, end + 4) : readLength(text, end + 4, framing);
  if (read.kind !== 'body') return read;
  return {
    kind: 'whole',
    request: { method, target, headers, body: read.body },
    rest: text.slice(read.end),
  };
}

function framingOf(lengths: readonly string[], encodings: readonly string[]): number | 'chunked' | Malformed {
  if (lengths.length > 1) return malformed('two Content-Length');
  if (encodings.length > 1) return malformed('two Transfer-Encoding');
  const [length] = lengths;
  const [encoding] = encodings;
  if (length !== undefined && encoding !== undefined) return malformed('both kinds of length');
  if (encoding !== undefined)
    return encoding === 'chunked' ? 'chunked' : malformed(`Transfer-Encoding ${shown(encoding)}`);
  if (length === undefined) return 0;
  return /^\d{1,15}$/.test(length) ? Number(length) : malformed(`Content-Length ${shown(length)}`);
}

type Malformed = Extract<Reading, { kind: 'malformed' }>;
type Body = { readonly kind: 'body'; readonly body: string; readonly end: number };

function readLength(text: string, from: number, length: number): Body | { readonly kind: 'unfinished' } {
  if (text.length < from + length) return { kind: 'unfinished' };
  return { kind: 'body', body: text.slice(from, from + length), end: from + length };
}

function readChunks(text: string, from: number): Body | Exclude<Reading, { kind: 'whole' }> {
  let body = '';
  for (let at = from; ; ) {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return { kind: 'unfinished' };
    const line = text.slice(at, end);
    if (!/^[0-9a-fA-F]{1,8}$/.test(line)) return malformed(`chunk size ${shown(line)}`);
    const size = Number.parseInt(line, 16);
    if (size === 0) return readTrailers(text, end + 2, body);
    if (text.length < end + 2 + size + 2) return { kind: 'unfinished' };
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
    if (text.slice(at - 2, at) !== '\r\n') return malformed('a chunk that is longer than its size');
  }
}

function readTrailers(text: string, from: number, body: string): Body | Exclude<Reading, { kind: 'whole' }> {
  for (let at = from; ; ) {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return { kind: 'unfinished' };
    if (end === at) return { kind: 'body', body, end: end + 2 };
    const line = text.slice(at, end);
    if (!headerLine.test(line)) return malformed(`trailer ${shown(line)}`);
    at = end + 2;
  }
}

function malformed(what: string): Malformed {
  return { kind: 'malformed', what };
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
