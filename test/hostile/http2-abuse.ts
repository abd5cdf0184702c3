import {
  block,
  endHeaders,
  endStream,
  frame,
  frameTypes,
  indexed,
  integer,
  number32,
  padded,
  preface,
  settings,
  withPriority,
} from './frames.ts';
import { begin, data, type Http2Case, headers, open, pseudo } from './http2-case.ts';

/** Frames out of order, out of size, and far too many of them. */

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const {
  continuation,
  data: dataFrame,
  goaway,
  headers: headersFrame,
  ping,
  priority,
  push,
  reset,
  settings: settingsFrame,
  window,
} = frameTypes;
const ask = (stream: number) => headers(stream, pseudo());
const half = (stream: number) => headers(stream, pseudo('/case', 'POST'), endHeaders);

const order: readonly Http2Case[] = [
  open('an even stream id', ask(2)),
  open('stream 0', ask(0)),
  open('a stream id that goes down', frame(reset, 0, 5, number32(8)), ask(5), ask(3)),
  open('the same stream twice', ask(1), ask(1)),
  open('the highest stream id, then more', ask(0x7fffffff), ask(1)),
  open('DATA on an idle stream', data(5, 'abc')),
  open('DATA on stream 0', data(0, 'abc')),
  open('DATA behind the end of the stream', ask(1), data(1, 'abc')),
  open('RST_STREAM of an idle stream', frame(reset, 0, 5, number32(8))),
  open('WINDOW_UPDATE of an idle stream', frame(window, 0, 5, number32(8))),
  open('CONTINUATION without HEADERS', frame(continuation, endHeaders, 1, block(pseudo()))),
  open(
    'another frame between HEADERS and CONTINUATION',
    headers(1, pseudo(), 0),
    frame(ping, 0, 0, '12345678'),
    frame(continuation, endHeaders, 1),
  ),
  open('CONTINUATION of another stream', headers(1, pseudo(), 0), frame(continuation, endHeaders, 3)),
  open(
    'PUSH_PROMISE from a client',
    half(1),
    frame(push, endHeaders, 1, Buffer.concat([number32(2), block(pseudo())])),
  ),
  open('SETTINGS on a stream', frame(settingsFrame, 0, 1)),
  open('PING on a stream', frame(ping, 0, 1, '12345678')),
  open('GOAWAY on a stream', frame(goaway, 0, 1, Buffer.alloc(8))),
  { name: 'no SETTINGS behind the preface', bytes: Buffer.concat([preface, ask(1)]) },
  { name: 'a wrong preface', bytes: Buffer.from('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n', 'latin1') },
  {
    name: 'HTTP/1.1 where HTTP/2 was agreed',
    bytes: Buffer.from('GET /case HTTP/1.1\r\nHost: mtrestapis-live01.stelsewhere.example\r\n\r\n', 'latin1'),
  },
];

const sizes: readonly Http2Case[] = [
  open('a frame above the maximum', frame(dataFrame, 0, 1, 'x'.repeat(20_000))),
  open('a frame that says 16 MB', frame(headersFrame, endHeaders, 1, block(pseudo()), 0xffffff)),
  open('SETTINGS of 5 bytes', frame(settingsFrame, 0, 0, '12345')),
  open('an acknowledgement of SETTINGS with content', frame(settingsFrame, 1, 0, '123456')),
  open('PING of 7 bytes', frame(ping, 0, 0, '1234567')),
  open('RST_STREAM of 3 bytes', half(1), frame(reset, 0, 1, '123')),
  open('WINDOW_UPDATE of 3 bytes', frame(window, 0, 0, '123')),
  open('PRIORITY of 4 bytes', frame(priority, 0, 1, '1234')),
  open(
    'padding longer than the frame',
    frame(
      headersFrame,
      endHeaders | endStream | padded,
      1,
      Buffer.concat([Buffer.from([255]), block(pseudo())]),
    ),
  ),
  open('padding longer than DATA', half(1), frame(dataFrame, endStream | padded, 1, '\xffabc')),
  open('HEADERS with half a priority', frame(headersFrame, endHeaders | endStream | withPriority, 1, '123')),
  open('an initial window above 2 to the power of 31', settings([4, 0x80000000])),
  open('a frame size below 16,384', settings([5, 100])),
  open('push that is neither on nor off', settings([2, 7])),
  open('WINDOW_UPDATE of 0', frame(window, 0, 0, number32(0))),
  open('WINDOW_UPDATE of 0 on a stream', half(1), frame(window, 0, 1, number32(0))),
  open(
    'the window of the connection overflows',
    frame(window, 0, 0, number32(0x7fffffff)),
    frame(window, 0, 0, number32(0x7fffffff)),
  ),
  open(
    'the window of a stream overflows',
    half(1),
    frame(window, 0, 1, number32(0x7fffffff)),
    frame(window, 0, 1, number32(0x7fffffff)),
  ),
  open(
    'a window that shrinks below zero, then overflows',
    settings([4, 0x7fffffff]),
    half(1),
    frame(window, 0, 1, number32(0x7fffffff)),
  ),
  open('DATA beyond the window', half(1), ...times(40, () => data(1, 'x'.repeat(16_000), 0))),
  open(
    'a stream that depends on itself',
    frame(priority, 0, 1, Buffer.concat([number32(1), Buffer.from([16])])),
    ask(1),
  ),
  open('half a frame header', Buffer.from([0, 0])),
  open('half a HEADERS frame', headers(1, pseudo()).subarray(0, 30)),
  open('HEADERS without an end', headers(1, pseudo(), endStream)),
  open('half a body', half(1), data(1, 'abc', 0)),
  open('a frame of an unknown type', frame(0xbb, 0xff, 1, 'x'.repeat(1_000))),
];

const broken = (name: string, ...bytes: readonly Buffer[]) =>
  open(name, frame(headersFrame, endHeaders | endStream, 1, Buffer.concat(bytes)));
const compression: readonly Http2Case[] = [
  broken('HPACK: index 0', Buffer.from([0x80])),
  broken('HPACK: an index that is not there', block(pseudo()), Buffer.from([0xff, 0xff, 0x03])),
  broken('HPACK: an index without an end', block(pseudo()), Buffer.from([0xff, ...times(100, () => 0xff)])),
  broken(
    'HPACK: a string longer than the block',
    block(pseudo()),
    Buffer.from([0x10]),
    integer(5_000, 7),
    Buffer.from('abc'),
  ),
  broken(
    'HPACK: Huffman rubbish',
    block(pseudo()),
    Buffer.from([0x10, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, 0x61]),
  ),
  broken(
    'HPACK: a table of 1 GB',
    Buffer.concat([Buffer.from([0x3f]), integer(1_000_000_000, 7)]),
    block(pseudo()),
  ),
  broken('HPACK: a table size behind the fields', block(pseudo()), Buffer.from([0x20])),
  broken('HPACK: half a block', block(pseudo()).subarray(0, 20)),
  // 4 KB once in the table, then named by one byte each: 14 KB that stand for 50 MB.
  broken(
    'HPACK: a bomb',
    block(pseudo()),
    indexed('x', 'y'.repeat(3_900)),
    Buffer.from(times(12_000, () => 0xbe)),
  ),
  open(
    'HPACK: a bomb on many streams',
    frame(
      headersFrame,
      endHeaders | endStream,
      1,
      Buffer.concat([block(pseudo()), indexed('x', 'y'.repeat(3_900))]),
    ),
    ...times(50, (index) =>
      frame(
        headersFrame,
        endHeaders | endStream,
        2 * index + 3,
        Buffer.concat([block(pseudo()), Buffer.from(times(4_000, () => 0xbe))]),
      ),
    ),
  ),
];

const floods: readonly Http2Case[] = [
  open(
    'CONTINUATION, 20,000 empty ones',
    headers(1, pseudo(), endStream),
    ...times(20_000, () => frame(continuation, 0, 1)),
  ),
  open(
    'CONTINUATION without an end, 10 MB',
    headers(1, pseudo(), endStream),
    ...times(1_000, (index) => frame(continuation, 0, 1, block([[`x-${index}`, 'y'.repeat(10_000)]]))),
  ),
  open(
    'a header of 60 KB over CONTINUATION',
    headers(1, pseudo(), endStream),
    ...times(6, (index) =>
      frame(continuation, index === 5 ? endHeaders : 0, 1, block([[`x-${index}`, 'y'.repeat(10_000)]])),
    ),
  ),
  open('1,000 headers', headers(1, [...pseudo(), ...times(1_000, () => ['a', 'b'] as const)])),
  open('a header of 16 KB', headers(1, [...pseudo(), ['a', 'b'.repeat(16_000)]])),
  open('SETTINGS, 50,000', ...times(50_000, () => settings())),
  open(
    'SETTINGS of 2,000 values',
    ...times(50, () => settings(...times(2_000, (index) => [4, 60_000 + index] as const))),
  ),
  open('PING, 50,000', ...times(50_000, () => frame(ping, 0, 0, '12345678'))),
  open(
    'PRIORITY, 50,000',
    ...times(50_000, (index) =>
      frame(priority, 0, 2 * index + 1, Buffer.concat([number32(2 * index + 3), Buffer.from([16])])),
    ),
  ),
  open('WINDOW_UPDATE, 50,000', ...times(50_000, () => frame(window, 0, 0, number32(1)))),
  open('empty DATA, 50,000', half(1), ...times(50_000, () => data(1, '', 0))),
  open('frames of unknown types, 50,000', ...times(50_000, () => frame(0xbb, 0, 0, 'x'))),
];

/** Each of these frames is right, and some of the requests may be carried out. */
export const manyCases: readonly Http2Case[] = [
  // CVE-2023-44487: each costs the server a request and the client nothing.
  open(
    'rapid reset, 5,000 requests',
    ...times(5_000, (index) =>
      Buffer.concat([headers(2 * index + 1, pseudo('/reset')), frame(reset, 0, 2 * index + 1, number32(8))]),
    ),
  ),
  open(
    'made to reset, 5,000 requests',
    ...times(5_000, (index) =>
      Buffer.concat([
        headers(2 * index + 1, pseudo('/reset', 'POST'), endHeaders),
        frame(window, 0, 2 * index + 1, number32(0)),
      ]),
    ),
  ),
  open('more streams than allowed', ...times(500, (index) => half(2 * index + 1))),
];

export const abuseCases: readonly Http2Case[] = [...order, ...sizes, ...compression, ...floods];
/** A client that asks and opens no window for the answer. */
export const zeroWindow: Http2Case = {
  name: 'a window of zero',
  bytes: Buffer.concat([begin.subarray(0, preface.length), settings([4, 0]), ask(1)]),
};
