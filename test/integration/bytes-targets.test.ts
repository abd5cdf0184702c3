import { type ClientHttp2Session, connect } from 'node:http2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Echo } from '../../lab/servers/api/echo.ts';
import { type LabFront, startLabFront } from '../harness/lab-front.ts';
import { head, rawRequest } from '../harness/raw-request.ts';

let front: LabFront;
let session: ClientHttp2Session;
beforeAll(async () => {
  front = await startLabFront({ tls: 'bridging' });
  session = connect(`https://${front.apis.address}`, { ca: front.apis.ca, servername: front.apis.hostname });
});
afterAll(async () => {
  session?.destroy();
  await front?.stop();
});

/** What clients in the field send, and what no client should send but some do. */
const queries = [
  ['no query', ''],
  ['an empty query', '?'],
  ['a raw backslash, as FHIR escapes commas', '?name=Last\\,First'],
  ['a raw pipe', '?identifier=urn:oid:1.2.3|0000'],
  ['a colon and a dollar', '?name:exact=a$b&_since=2020-01-01T00:00:00+01:00'],
  ['an escaped pipe, upper and lower case', '?a=%7C&b=%7c'],
  ['a plus and an escaped blank', '?a=b+c%20d'],
  ['a caret', '?a=^b'],
  ['braces', '?a={b}'],
  ['brackets', '?a[]=b'],
  ['double quotes', '?a="b"'],
  ['single quote, backtick, angle brackets', "?a='`<b>"],
  ['an escaped line end', '?a=%0d%0aX-Injected:%201'],
  ['a broken escape', '?a=%zz%'],
  ['question marks', '?a=?b??'],
  ['the same key twice', '?a=1&a=2&&a'],
  ['8 KB', `?a=${'x'.repeat(8_000)}`],
  ['a percent sign with words of a log format', '?a=%[src]%{+Q}r'],
] as const;

const paths = [
  ['a dot segment', '/./a/../b/.'],
  ['a double slash', '//a//b//'],
  ['an escaped slash', '/a%2Fb%2f'],
  ['an escaped dot segment', '/%2e%2e/%2E/a'],
  ['a raw backslash', '/a\\b'],
  ['a semicolon', '/a;b=c/d'],
  ['FHIR operations', '/Patient/$export'],
] as const;

const targets = [
  ...queries.map(([what, query]) => [what, `/lab/echo${query}`] as const),
  ...paths.map(([what, path]) => [`${what} in the path`, `/lab/echo${path}`] as const),
];

describe('a target arrives byte for byte', () => {
  test.each(targets)('over HTTP/1.1: %s', async (_, target) => {
    const answer = await rawRequest(front.apis, head('GET', target, front.apis));
    expect(answer.status, answer.body.toString()).toBe(200);
    expect(echo(answer.body.toString()).target).toBe(target);
  });

  test.each(targets)('over HTTP/2: %s', async (_, target) => {
    const answer = await askOnSession(target);
    expect(answer.status, answer.body).toBe(200);
    expect(echo(answer.body).target).toBe(target);
    expect(echo(answer.body).httpVersion).toBe('1.1');
  });
});

// RFC 3986 has no such bytes in a target, and browsers and FHIR clients escape them. Refused here rather than passed on,
// because servers differ in what they make of them.
test.each(['/lab/echo?name=M\u00c3\u00bcller', '/lab/echo/M\u00c3\u00bcller'])(
  'raw UTF-8 over HTTP/1.1 is refused and reaches no server: %s',
  async (target) => {
    const before = await requestsAtServers();
    const answer = await rawRequest(front.apis, head('GET', target, front.apis));
    expect(answer.status).toBe(400);
    expect(await requestsAtServers()).toBe(before);
  },
);

async function requestsAtServers(): Promise<number> {
  const counts = await Promise.all(
    ['api-1', 'api-2'].map(async (name) => {
      const { requests } = await front.estate.control(name).stats();
      return Object.entries(requests)
        .filter(([template]) => template.includes('/lab/echo'))
        .reduce((sum, [, count]) => sum + count, 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function echo(text: string): Echo {
  return JSON.parse(text) as Echo;
}

function askOnSession(path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path, ':authority': front.apis.hostname });
    let status = 0;
    let body = '';
    stream.once('response', (headers) => {
      status = Number(headers[':status']);
    });
    stream.on('data', (part) => {
      body += String(part);
    });
    stream.once('error', reject);
    stream.once('end', () => resolve({ status, body }));
    stream.end();
  });
}
