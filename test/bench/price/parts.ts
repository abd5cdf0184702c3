/** Something that a request pays for, and what is taken out of haproxy.cfg to see what a request costs without it. */
export interface Part {
  readonly name: string;
  readonly without: (haproxyCfg: string) => string;
}

export const parts: readonly Part[] = [
  { name: 'the access log', without: linesLike('log stdout ') },
  {
    name: 'of the log, what our format has more than `option httplog`',
    without: (text) => text.replaceAll(/^( *)log-format .*$/gm, '$1option httplog'),
  },
  { name: 'the `X-Forwarded-*` headers', without: linesLike('http-request add-header X-Forwarded-') },
  {
    name: 'hiding identifiers in paths from the log',
    without: linesLike(String.raw`http-request set-var-fmt\(txn\.path\)`),
  },
  {
    name: 'refusing what two readers may understand differently',
    without: linesLike(
      String.raw`http-request set-var\(txn\.odd\)`,
      String.raw`http-request (?:deny|del-header|set-uri) .*(?:\bodd\b|CONNECT)`,
    ),
  },
  {
    name: 'sending reads again when a server breaks off',
    without: linesLike('retry-on .*empty-response', 'http-request disable-l7-retry'),
  },
  {
    name: 'the request id of the servers in the log',
    without: linesLike(String.raw`http-response set-var\(txn\.request_id\b`),
  },
  {
    name: 'FHIR answers of our own on FHIR paths',
    without: linesLike(
      String.raw`http-re(?:quest|sponse) (?:un)?set-var\(txn\.fhir\)`,
      String.raw`http-after-response .*var\(txn\.fhir\)`,
    ),
  },
  {
    name: 'a fair share for each source while requests wait',
    without: linesLike(
      'http-request track-sc1',
      'http-request allow if .*avg_queue',
      String.raw`http-request .*txn\.(?:waiting|sources|requests|excess)\b`,
    ),
  },
  { name: 'longer times for some paths', without: linesLike('http-request set-timeout server') },
  {
    name: 'strict transport security',
    without: linesLike('http-after-response set-header Strict-Transport-Security'),
  },
  { name: 'a limit of connections for each source', without: linesLike('tcp-request connection ') },
  { name: 'awaiting a body before a server is chosen', without: linesLike('option http-buffer-request') },
];

/** @throws Error when there is none: the part has another form by now, and would seem to cost nothing */
function linesLike(...patterns: readonly string[]): Part['without'] {
  return (text) =>
    patterns.reduce((rest, pattern) => {
      const fewer = rest.replaceAll(new RegExp(`^ *${pattern}.*\n`, 'gm'), '');
      if (fewer === rest) throw new Error(`no line of haproxy.cfg is like ${pattern}`);
      return fewer;
    }, text);
}
