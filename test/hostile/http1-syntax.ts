import { get, type HostileCase, host, hostname, smuggled } from './http1-case.ts';

/** How a message is spelled: lines, names, hosts, sizes. */

const lines: readonly (readonly [what: string, line: string])[] = [
  ['a space before the colon', 'X-A : b'],
  ['a tab before the colon', 'X-A\t: b'],
  ['no colon', 'X-A'],
  ['an empty name', ': b'],
  ['a name of blanks', ' : b'],
  ['a space in the name', 'X A: b'],
  ['NUL in the name', 'X\x00A: b'],
  ['NUL in the value', 'X-A: a\x00b'],
  ['a control character in the name', 'X\x01A: b'],
  ['a control character in the value', 'X-A: a\x01b'],
  ['escape in the value', 'X-A: a\x1bb'],
  ['DEL in the name', 'X\x7fA: b'],
  ['DEL in the value', 'X-A: a\x7fb'],
  ['a bare CR in the value', 'X-A: a\rb'],
  ['a bare CR at the end of the value', 'X-A: a\r'],
  ['a bare LF in the value', 'X-A: a\nb'],
  ['a header behind a bare LF', 'X-A: a\nX-B: b'],
  ['a header behind a bare CR', 'X-A: a\rX-B: b'],
  ['a folded value', 'X-A: a\r\n b'],
  ['a folded first line', ' X-A: a'],
  ['a parenthesis in the name', 'X(A): b'],
  ['a colon in front of the name', ':X-A: b'],
  ['an 8 bit name', 'X\xc3\xa9: b'],
  ['an 8 bit value', 'X-A: \xc3\xa9'],
  ['a bracket in the name', 'X[A]: b'],
  ['a name that claims to be ours', 'X-Forwarded-For: 192.0.2.1'],
  ['a name with an underscore that claims to be ours', 'X_Forwarded_For: 192.0.2.1'],
];

const hosts: readonly (readonly [what: string, request: string])[] = [
  ['no Host', 'GET /case HTTP/1.1\r\n\r\n'],
  ['no Host in HTTP/1.0', 'GET /case HTTP/1.0\r\n\r\n'],
  ['an empty Host', 'GET /case HTTP/1.1\r\nHost:\r\n\r\n'],
  ['two Hosts', `GET /case HTTP/1.1\r\n${host}\r\nHost: other.example\r\n\r\n`],
  ['two equal Hosts', `GET /case HTTP/1.1\r\n${host}\r\n${host}\r\n\r\n`],
  [
    'two Hosts, one with a space before the colon',
    `GET /case HTTP/1.1\r\n${host}\r\nHost : other.example\r\n\r\n`,
  ],
  ['two Hosts, one folded', `GET /case HTTP/1.1\r\n${host}\r\n Host: other.example\r\n\r\n`],
  ['a list of Hosts', `GET /case HTTP/1.1\r\n${host}, other.example\r\n\r\n`],
  ['Host with a blank', `GET /case HTTP/1.1\r\n${host} other.example\r\n\r\n`],
  ['Host with a path', `GET /case HTTP/1.1\r\n${host}/other\r\n\r\n`],
  ['Host with a user', 'GET /case HTTP/1.1\r\nHost: a@b.example\r\n\r\n'],
  ['Host with a strange port', `GET /case HTTP/1.1\r\n${host}:80x\r\n\r\n`],
  ['Host with a question mark', `GET /case HTTP/1.1\r\n${host}?a\r\n\r\n`],
  ['absolute form with another host', `GET https://other.example/case HTTP/1.1\r\n${host}\r\n\r\n`],
  ['absolute form with a user', `GET https://a@${hostname}/case HTTP/1.1\r\n${host}\r\n\r\n`],
  ['absolute form without a host', `GET https:///case HTTP/1.1\r\n${host}\r\n\r\n`],
  ['absolute form of another scheme', `GET file:///etc/passwd HTTP/1.1\r\n${host}\r\n\r\n`],
  ['absolute form with the same host', `GET https://${hostname}/case HTTP/1.1\r\n${host}\r\n\r\n`],
  ['CONNECT', `CONNECT ${hostname}:443 HTTP/1.1\r\nHost: ${hostname}:443\r\n\r\n`],
  ['CONNECT to another', `CONNECT other.example:25 HTTP/1.1\r\nHost: other.example:25\r\n\r\n`],
];

const firstLines: readonly (readonly [what: string, line: string])[] = [
  ['an empty method', ' /case HTTP/1.1'],
  ['a method with NUL', 'G\x00ET /case HTTP/1.1'],
  ['a method with a slash', 'GE/T /case HTTP/1.1'],
  ['a method with a colon', 'GET: /case HTTP/1.1'],
  ['a method in 8 bit', 'G\xc3\x89T /case HTTP/1.1'],
  ['no target', 'GET HTTP/1.1'],
  ['two blanks before the target', 'GET  /case HTTP/1.1'],
  ['two blanks before the version', 'GET /case  HTTP/1.1'],
  ['a tab for a blank', 'GET\t/case\tHTTP/1.1'],
  ['a blank in the target', 'GET /ca se HTTP/1.1'],
  ['a blank behind the version', 'GET /case HTTP/1.1 '],
  ['a NUL in the target', 'GET /ca\x00se HTTP/1.1'],
  ['a control character in the target', 'GET /ca\x01se HTTP/1.1'],
  ['a DEL in the target', 'GET /ca\x7fse HTTP/1.1'],
  ['a bare CR in the target', 'GET /ca\rse HTTP/1.1'],
  ['an 8 bit target', 'GET /ca\xc3\xa9 HTTP/1.1'],
  ['a fragment in the target', 'GET /case#fragment HTTP/1.1'],
  ['a target without a slash', 'GET case HTTP/1.1'],
  ['a star for a GET', 'GET * HTTP/1.1'],
  ['a backslash for a target', 'GET \\case HTTP/1.1'],
  ['HTTP/1.2', 'GET /case HTTP/1.2'],
  ['HTTP/0.9 with a version', 'GET /case HTTP/0.9'],
  ['HTTP/2.0', 'GET /case HTTP/2.0'],
  ['HTTP/3', 'GET /case HTTP/3'],
  ['HTTP/1', 'GET /case HTTP/1'],
  ['HTTP/1.10', 'GET /case HTTP/1.10'],
  ['HTTP/01.1', 'GET /case HTTP/01.1'],
  ['HTTP/-1.1', 'GET /case HTTP/-1.1'],
  ['HTTP/1,1', 'GET /case HTTP/1,1'],
  ['http/1.1', 'GET /case http/1.1'],
  ['ICY/1.1', 'GET /case ICY/1.1'],
  ['RTSP/1.0', 'DESCRIBE /case RTSP/1.0'],
];

const whole: readonly HostileCase[] = [
  { name: 'HTTP/0.9', bytes: 'GET /case\r\n' },
  { name: 'LF for every line end', bytes: `GET /case HTTP/1.1\n${host}\n\n` },
  { name: 'CR for every line end', bytes: `GET /case HTTP/1.1\r${host}\r\r` },
  { name: 'LF at the end of the head', bytes: `GET /case HTTP/1.1\r\n${host}\r\n\n` },
  { name: 'LF LF and a request behind it', bytes: `GET /case HTTP/1.1\r\n${host}\r\nX: y\n\n${smuggled}` },
  { name: 'CR CR LF at the end of the head', bytes: `GET /case HTTP/1.1\r\n${host}\r\r\n\r\n` },
  { name: 'empty lines before the request', bytes: `\r\n\r\n\r\n\r\n${get([])}` },
  { name: 'LFs before the request', bytes: `\n\n${get([])}` },
  { name: 'blanks before the request', bytes: `  ${get([])}` },
  {
    name: 'the HTTP/2 preface without HTTP/2',
    bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00',
  },
  { name: 'a TLS greeting', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' },
  { name: 'the PROXY protocol', bytes: `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${get([])}` },
  { name: 'NULs', bytes: '\x00'.repeat(1_000) },
  { name: '8 bit rubbish', bytes: '\xff\xfe\xfd'.repeat(300) },
  { name: 'an answer for a request', bytes: `HTTP/1.1 200 OK\r\n${host}\r\n\r\n` },
];

const good = `GET /good HTTP/1.1\r\n${host}\r\n\r\n`;
const pipelined: readonly HostileCase[] = [
  { name: 'rubbish behind a good one', bytes: `${good}\x00\x01\x02 HTTP/1.1\r\n\r\n` },
  {
    name: 'two lengths behind a good one',
    bytes: `${good}POST /case HTTP/1.1\r\n${host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
  },
  {
    name: 'a bad chunk behind a good one',
    bytes: `${good}POST /case HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
  },
  { name: 'half a request behind a good one', bytes: `${good}GET /case HTTP/1.1\r\nHo` },
];

const sizes: readonly HostileCase[] = [
  { name: 'a request line of 20 KB', bytes: get([], `GET /case?${'a'.repeat(20_000)} HTTP/1.1`) },
  { name: 'a request line of 1 MB', bytes: get([], `GET /case?${'a'.repeat(1_000_000)} HTTP/1.1`) },
  { name: 'a method of 20 KB', bytes: get([], `${'A'.repeat(20_000)} /case HTTP/1.1`) },
  { name: 'a header of 20 KB', bytes: get([`X-A: ${'a'.repeat(20_000)}`]) },
  { name: 'a header name of 20 KB', bytes: get([`${'a'.repeat(20_000)}: b`]) },
  { name: 'a header of 1 MB', bytes: get([`X-A: ${'a'.repeat(1_000_000)}`]) },
  { name: '102 short headers', bytes: get(Array.from({ length: 102 }, () => 'A: b')) },
  { name: '1,000 short headers', bytes: get(Array.from({ length: 1_000 }, () => 'A: b')) },
  { name: '100,000 short headers', bytes: get(Array.from({ length: 100_000 }, () => 'A: b')) },
  { name: '90 headers of 200 bytes', bytes: get(Array.from({ length: 90 }, () => `A: ${'b'.repeat(200)}`)) },
  {
    name: 'a trailer of 20 KB',
    bytes: `POST /case HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
  },
  {
    name: '1,000 trailers',
    bytes: `POST /case HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'X: a\r\n'.repeat(1_000)}\r\n`,
  },
  {
    name: 'a chunk extension of 100 KB',
    bytes: `POST /case HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(100_000)}\r\na\r\n0\r\n\r\n`,
  },
];

export const syntaxCases: readonly HostileCase[] = [
  ...lines.map(([what, line]) => ({ name: `header: ${what}`, bytes: get([line]) })),
  ...hosts.map(([name, bytes]) => ({ name, bytes })),
  ...firstLines.map(([what, line]) => ({ name: `request line: ${what}`, bytes: get([], line) })),
  ...whole,
  ...pipelined,
  ...sizes,
];
