import { block, endHeaders, endStream, frame, frameTypes } from './frames.ts';
import { hostname, smuggled } from './http1-case.ts';
import { data, type Field, type Http2Case, headers, open, pseudo } from './http2-case.ts';

/** Requests that would be another thing once they are written as HTTP/1.1. */

const without = (name: string, fields: readonly Field[] = pseudo()) => fields.filter(([one]) => one !== name);
const instead = (name: string, value: string) =>
  pseudo().map(([one, old]): Field => [one, one === name ? value : old]);

const requests: readonly (readonly [what: string, fields: readonly Field[]])[] = [
  ['no :method', without(':method')],
  ['no :path', without(':path')],
  ['no :scheme', without(':scheme')],
  ['no :authority and no host', without(':authority')],
  ['an empty :path', instead(':path', '')],
  ['an empty :method', instead(':method', '')],
  ['an empty :authority', instead(':authority', '')],
  ['two :method', [...pseudo(), [':method', 'POST']]],
  ['two :path', [[':path', '/other'], ...pseudo()]],
  ['two :authority', [[':authority', 'other.example'], ...pseudo()]],
  ['two :scheme', [[':scheme', 'http'], ...pseudo()]],
  ['a pseudo header behind a header', [...without(':path'), ['x-a', 'b'], [':path', '/case']]],
  ['an unknown pseudo header', [[':version', '1.0'], ...pseudo()]],
  ['a pseudo header of answers', [[':status', '200'], ...pseudo()]],
  ['a blank in :path', instead(':path', '/case HTTP/1.1')],
  ['CR LF in :path', instead(':path', `/case HTTP/1.1\r\nHost: ${hostname}\r\n\r\n${smuggled}`)],
  ['LF in :path', instead(':path', '/case\nX: y')],
  ['NUL in :path', instead(':path', '/ca\x00se')],
  ['a tab in :path', instead(':path', '/ca\tse')],
  ['DEL in :path', instead(':path', '/ca\x7fse')],
  ['8 bit in :path', instead(':path', '/ca\xc3\xa9se')],
  ['a fragment in :path', instead(':path', '/case#fragment')],
  [':path without a slash', instead(':path', 'case')],
  [':path with a whole URL', instead(':path', 'https://other.example/case')],
  [':path that is a star for GET', instead(':path', '*')],
  ['a blank in :method', instead(':method', 'GET /smuggled HTTP/1.1')],
  ['CR LF in :method', instead(':method', 'GET / HTTP/1.1\r\nX: y\r\n\r\nGET')],
  ['a lower case :method', instead(':method', 'get')],
  ['CONNECT with a path', instead(':method', 'CONNECT')],
  [
    'CONNECT',
    [
      [':method', 'CONNECT'],
      [':authority', 'other.example:25'],
    ],
  ],
  ['an extended CONNECT to another protocol', [...instead(':method', 'CONNECT'), [':protocol', 'cat']]],
  ['CR LF in :authority', instead(':authority', `${hostname}\r\nX: y`)],
  ['a blank in :authority', instead(':authority', `${hostname} x`)],
  ['a path in :authority', instead(':authority', `${hostname}/x?`)],
  ['a user in :authority', instead(':authority', `a@${hostname}`)],
  ['CR LF in :scheme', instead(':scheme', 'https\r\nX: y')],
  ['a URL in :scheme', instead(':scheme', 'https://other.example/?')],
  ['an odd :scheme', instead(':scheme', 'file')],
  ['another host', [...pseudo(), ['host', 'other.example']]],
  ['two hosts', [...without(':authority'), ['host', hostname], ['host', 'other.example']]],
  ['an upper case name', [...pseudo(), ['X-A', 'b']]],
  ['an empty name', [...pseudo(), ['', 'b']]],
  ['a blank in a name', [...pseudo(), ['x a', 'b']]],
  ['a colon in a name', [...pseudo(), ['x-a: b\r\nx-b', 'c']]],
  ['CR LF in a name', [...pseudo(), ['x-a\r\nx-b', 'c']]],
  ['NUL in a name', [...pseudo(), ['x\x00a', 'b']]],
  ['CR LF in a value', [...pseudo(), ['x-a', `b\r\nTransfer-Encoding: chunked`]]],
  ['LF in a value', [...pseudo(), ['x-a', 'b\nx-b: c']]],
  ['CR in a value', [...pseudo(), ['x-a', 'b\rx-b: c']]],
  ['a request in a value', [...pseudo(), ['x-a', `b\r\n\r\n${smuggled}`]]],
  ['NUL in a value', [...pseudo(), ['x-a', 'b\x00c']]],
  ['a control character in a value', [...pseudo(), ['x-a', 'b\x01c']]],
  ['DEL in a value', [...pseudo(), ['x-a', 'b\x7fc']]],
  ['blanks around a value', [...pseudo(), ['x-a', '  b  ']]],
  ['LF at the end of a value', [...pseudo(), ['x-a', 'b\n']]],
  ['transfer-encoding', [...pseudo(), ['transfer-encoding', 'chunked']]],
  ['transfer-encoding identity', [...pseudo(), ['transfer-encoding', 'identity']]],
  ['transfer_encoding', [...pseudo(), ['transfer_encoding', 'chunked']]],
  ['connection', [...pseudo(), ['connection', 'close']]],
  ['connection that names a header', [...pseudo(), ['connection', 'x-a'], ['x-a', 'b']]],
  ['keep-alive', [...pseudo(), ['keep-alive', '5']]],
  ['proxy-connection', [...pseudo(), ['proxy-connection', 'close']]],
  ['upgrade', [...pseudo(), ['upgrade', 'websocket']]],
  ['te other than trailers', [...pseudo(), ['te', 'gzip']]],
  ['http2-settings', [...pseudo(), ['http2-settings', 'AAMAAABk']]],
];

const chunkedText = `0\r\n\r\n${smuggled}`;
const withBody = (name: string, fields: readonly Field[], body: string): Http2Case =>
  open(name, headers(1, fields, endHeaders), data(1, body));
const posted = (length: string): Field[] => [...pseudo('/case', 'POST'), ['content-length', length]];

const bodies: readonly Http2Case[] = [
  withBody('a body longer than content-length', posted('5'), `abcde${smuggled}`),
  withBody('a body shorter than content-length', posted('500'), 'abcde'),
  withBody('a body although content-length is 0', posted('0'), smuggled),
  open('content-length without a body', headers(1, posted('5'))),
  withBody('two content-lengths', [...posted('5'), ['content-length', '6']], 'abcde'),
  withBody('a list of content-lengths', posted('5, 6'), 'abcde'),
  withBody('a negative content-length', posted('-1'), 'abcde'),
  withBody('a content-length with a plus', posted('+5'), 'abcde'),
  withBody('a hexadecimal content-length', posted('0x5'), 'abcde'),
  withBody('an empty content-length', posted(''), 'abcde'),
  withBody('a content-length with a line end', posted('5\r\nX: y'), 'abcde'),
  withBody('a content-length of forty digits', posted('9'.repeat(40)), 'abcde'),
  withBody(
    'transfer-encoding and chunks in the body',
    [...pseudo('/case', 'POST'), ['transfer-encoding', 'chunked']],
    chunkedText,
  ),
  withBody('a body that looks like a request', pseudo('/case', 'GET'), smuggled),
  open(
    'trailers with a pseudo header',
    headers(1, pseudo('/case', 'POST'), endHeaders),
    data(1, 'abc', 0),
    frame(frameTypes.headers, endHeaders | endStream, 1, block([[':path', '/smuggled']])),
  ),
  open(
    'trailers with CR LF',
    headers(1, pseudo('/case', 'POST'), endHeaders),
    data(1, 'abc', 0),
    frame(frameTypes.headers, endHeaders | endStream, 1, block([['x-a', `b\r\n\r\n${smuggled}`]])),
  ),
  open(
    'trailers with transfer-encoding',
    headers(1, pseudo('/case', 'POST'), endHeaders),
    data(1, 'abc', 0),
    frame(frameTypes.headers, endHeaders | endStream, 1, block([['transfer-encoding', 'chunked']])),
  ),
  open(
    'trailers with content-length',
    headers(1, pseudo('/case', 'POST'), endHeaders),
    data(1, 'abc', 0),
    frame(frameTypes.headers, endHeaders | endStream, 1, block([['content-length', '50']])),
  ),
  open(
    'trailers that do not end the stream',
    headers(1, pseudo('/case', 'POST'), endHeaders),
    data(1, 'abc', 0),
    frame(frameTypes.headers, endHeaders, 1, block([['x-a', 'b']])),
    data(1, 'def'),
  ),
];

export const messageCases: readonly Http2Case[] = [
  ...requests.map(([name, fields]) => open(name, headers(1, fields))),
  ...bodies,
];
