import { type HostileCase, host, post, smuggled } from './http1-case.ts';

/** Where one message ends: everything that two readers may count differently. */

const chunkedEnd = '0\r\n\r\n';

/** Transfer-Encoding as it is written to be seen by one reader and not by the other. */
const encodings: readonly (readonly [what: string, lines: string])[] = [
  ['a space before the colon', 'Transfer-Encoding : chunked'],
  ['a tab before the colon', 'Transfer-Encoding\t: chunked'],
  ['a vertical tab before the value', 'Transfer-Encoding: \x0bchunked'],
  ['a form feed before the value', 'Transfer-Encoding:\x0cchunked'],
  ['a vertical tab behind the value', 'Transfer-Encoding: chunked\x0b'],
  ['NUL behind the value', 'Transfer-Encoding: chunked\x00'],
  ['an unknown coding', 'Transfer-Encoding: xchunked'],
  ['a coding with quotes', 'Transfer-Encoding: "chunked"'],
  ['a coding with an apostrophe', "Transfer-Encoding: 'chunked'"],
  ['an empty value', 'Transfer-Encoding:'],
  ['identity', 'Transfer-Encoding: identity'],
  ['chunked, identity', 'Transfer-Encoding: chunked, identity'],
  ['identity, chunked', 'Transfer-Encoding: identity, chunked'],
  ['gzip, chunked', 'Transfer-Encoding: gzip, chunked'],
  ['chunked, chunked', 'Transfer-Encoding: chunked, chunked'],
  ['chunked with a comma', 'Transfer-Encoding: chunked,'],
  ['a comma before chunked', 'Transfer-Encoding: ,chunked'],
  ['chunked with a parameter', 'Transfer-Encoding: chunked;q=1'],
  ['twice, chunked first', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'],
  ['twice, chunked last', 'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked'],
  ['twice chunked', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
  ['twice, the other unknown', 'Transfer-Encoding: chunked\r\nTransfer-encoding: cow'],
  ['folded', 'Transfer-Encoding:\r\n chunked'],
  ['folded with a tab', 'Transfer-Encoding:\r\n\tchunked'],
  ['folded in the middle', 'Transfer-Encoding: chun\r\n ked'],
  ['hidden in a folded header', 'X: y\r\n Transfer-Encoding: chunked'],
  ['behind a bare LF', 'X: y\nTransfer-Encoding: chunked'],
  ['behind a bare CR', 'X: y\rTransfer-Encoding: chunked'],
  ['behind LF CR', 'X: y\n\rTransfer-Encoding: chunked'],
  ['an underscore', 'Transfer_Encoding: chunked'],
  ['a long s', 'Tran\xc5\xbffer-Encoding: chunked'],
  ['a space in front', ' Transfer-Encoding: chunked'],
  ['a no-break space before the value', 'Transfer-Encoding: \xa0chunked'],
  ['a byte order mark in front', '\xef\xbb\xbfTransfer-Encoding: chunked'],
  ['upper case', 'TRANSFER-ENCODING: CHUNKED'],
  ['a tab before the value', 'Transfer-Encoding:\tchunked'],
];

const withEncoding = encodings.flatMap(([what, lines]): HostileCase[] => {
  const body = `${chunkedEnd}${smuggled}`;
  return [
    {
      name: `TE (${what}) and a Content-Length of all`,
      bytes: post([`Content-Length: ${body.length}`, lines], body),
    },
    {
      name: `TE (${what}) and a Content-Length of the first chunk line`,
      bytes: post(
        [lines, 'Content-Length: 4'],
        `${smuggled.length.toString(16)}\r\n${smuggled}\r\n${chunkedEnd}`,
      ),
    },
    { name: `TE (${what}) alone`, bytes: post([lines], body) },
  ];
});

const lengths: readonly (readonly [what: string, lines: string])[] = [
  ['two different', 'Content-Length: 0\r\nContent-Length: 5'],
  ['two different, the other way round', 'Content-Length: 5\r\nContent-Length: 0'],
  ['a list of different ones', 'Content-Length: 0, 5'],
  ['a list of equal ones', 'Content-Length: 5, 5'],
  ['two equal ones', 'Content-Length: 5\r\nContent-Length: 5'],
  ['a list with an empty member', 'Content-Length: 5,'],
  ['negative', 'Content-Length: -1'],
  ['with a plus', 'Content-Length: +5'],
  ['hexadecimal', 'Content-Length: 0x5'],
  ['an octal look', 'Content-Length: 05'],
  ['a decimal point', 'Content-Length: 5.0'],
  ['an exponent', 'Content-Length: 5e0'],
  ['an underscore', 'Content-Length: 1_0'],
  ['a space inside', 'Content-Length: 1 5'],
  ['a space before the colon', 'Content-Length : 5'],
  ['empty', 'Content-Length:'],
  ['blank', 'Content-Length: \t '],
  ['empty, then a number', 'Content-Length:\r\nContent-Length: 5'],
  ['letters', 'Content-Length: five'],
  ['2 to the power of 32 and 5', 'Content-Length: 4294967301'],
  ['2 to the power of 63', 'Content-Length: 9223372036854775808'],
  ['2 to the power of 64 and 5', 'Content-Length: 18446744073709551621'],
  ['forty digits', `Content-Length: ${'9'.repeat(40)}`],
  ['a vertical tab', 'Content-Length:\x0b5'],
  ['NUL behind it', 'Content-Length: 5\x00'],
  ['folded', 'Content-Length:\r\n 5'],
  ['behind a bare LF', 'X: y\nContent-Length: 5'],
  ['behind a bare CR', 'X: y\rContent-Length: 5'],
  // CVE-2021-40346: the length of the name overflowed into a second, hidden one.
  ['a name of 270 bytes around it', `Content-Length0${'a'.repeat(255)}:\r\nContent-Length: 5`],
];

const chunks: readonly (readonly [what: string, body: string])[] = [
  ['a size with 0x', '0x5\r\nabcde\r\n0\r\n\r\n'],
  ['a negative size', '-5\r\nabcde\r\n0\r\n\r\n'],
  ['a size with a plus', '+5\r\nabcde\r\n0\r\n\r\n'],
  ['a size with letters', '5g\r\nabcde\r\n0\r\n\r\n'],
  ['an empty size', '\r\nabcde\r\n0\r\n\r\n'],
  ['a space before the size', ' 5\r\nabcde\r\n0\r\n\r\n'],
  ['a size of 17 digits', '10000000000000005\r\nabcde\r\n0\r\n\r\n'],
  ['a size of 2 to the power of 32 and 5', '100000005\r\nabcde\r\n0\r\n\r\n'],
  ['a size that ends in LF', '5\nabcde\r\n0\r\n\r\n'],
  ['a size that ends in CR', '5\rabcde\r\n0\r\n\r\n'],
  ['an extension with a bare LF', `5;\nabcde\r\n0\r\n\r\n`],
  [
    'an extension with LF that hides a chunk',
    `2;\nxx\r\n${smuggled.length.toString(16)}\r\n0\r\n\r\n${smuggled}`,
  ],
  ['an extension with a bare CR', '5;a\rb\r\nabcde\r\n0\r\n\r\n'],
  ['an extension with NUL', '5;\x00\r\nabcde\r\n0\r\n\r\n'],
  ['data longer than its size', '3\r\nabcde\r\n0\r\n\r\n'],
  ['data that ends in LF', '5\r\nabcde\n0\r\n\r\n'],
  ['data without an end of line', '5\r\nabcde0\r\n\r\n'],
  ['a last chunk without the last line end', '5\r\nabcde\r\n0\r\n'],
  ['a last chunk that ends in LF LF', '5\r\nabcde\r\n0\n\n'],
  ['a trailer with a space before the colon', '0\r\nX : y\r\n\r\n'],
  ['a trailer without a colon', '0\r\nX\r\n\r\n'],
  ['a request line as a trailer', `0\r\n${smuggled}`],
  ['a folded trailer', '0\r\nX: y\r\n z\r\n\r\n'],
  ['a trailer with NUL', '0\r\nX: \x00\r\n\r\n'],
  ['a trailer behind a bare LF', '0\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n'],
];

/** What HAProxy may pass on, and why that is one message with one meaning. */
const bodies: readonly HostileCase[] = [
  {
    name: 'CL.TE: both, and the smuggled behind the chunks',
    bytes: post(['Content-Length: 6', 'Transfer-Encoding: chunked'], `${chunkedEnd}G`),
  },
  {
    name: 'GET with a body that looks like a request',
    bytes: `GET /case HTTP/1.1\r\n${host}\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  },
  {
    name: 'TE in HTTP/1.0',
    bytes: `POST /case HTTP/1.0\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedEnd}`,
  },
  {
    name: 'TE and Content-Length in HTTP/1.0',
    bytes: `POST /case HTTP/1.0\r\n${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedEnd}`,
  },
  {
    name: 'a trailer that would set the length',
    bytes: post(['Transfer-Encoding: chunked'], '0\r\nContent-Length: 50\r\n\r\n'),
  },
  {
    name: 'a trailer that would set the encoding',
    bytes: post(['Transfer-Encoding: chunked'], '0\r\nTransfer-Encoding: chunked\r\n\r\n'),
  },
  {
    name: 'a trailer that would set the host',
    bytes: post(['Transfer-Encoding: chunked'], '0\r\nHost: other.example\r\n\r\n'),
  },
  {
    name: 'a chunk extension',
    bytes: post(['Transfer-Encoding: chunked'], '5;a=b;c="d"\r\nabcde\r\n0\r\n\r\n'),
  },
  { name: 'a body shorter than its length', bytes: post(['Content-Length: 50'], 'short') },
  {
    name: 'Connection names Content-Length',
    bytes: post(['Connection: Content-Length', 'Content-Length: 5'], 'abcde'),
  },
  {
    name: 'Connection names Transfer-Encoding',
    bytes: post(['Connection: Transfer-Encoding', 'Transfer-Encoding: chunked'], chunkedEnd),
  },
  { name: 'Connection names Host', bytes: post(['Connection: Host', 'Content-Length: 5'], 'abcde') },
  { name: 'Expect of something else', bytes: post(['Expect: 200-ok', 'Content-Length: 5'], 'abcde') },
  {
    name: 'an upgrade to HTTP/2 in plain text',
    bytes: post(
      [
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
        'Content-Length: 0',
      ],
      '',
    ),
  },
  {
    name: 'an upgrade with a body of a request',
    bytes: post(
      ['Connection: Upgrade', 'Upgrade: websocket', `Content-Length: ${smuggled.length}`],
      smuggled,
    ),
  },
];

export const framingCases: readonly HostileCase[] = [
  ...withEncoding,
  ...lengths.map(([what, lines]) => ({
    name: `Content-Length ${what}`,
    bytes: post([lines], `abcde${smuggled}`),
  })),
  ...chunks.map(([what, body]) => ({
    name: `chunked: ${what}`,
    bytes: post(['Transfer-Encoding: chunked'], body),
  })),
  ...bodies,
];
