import fc from 'fast-check';
import { expect, test } from 'vitest';
import { headerExpressions } from './well-formed.ts';

/** What is possessive or atomic there is so only for speed: no line can be read in two ways. */
function javascript(expression: string): RegExp {
  const text = expression.replaceAll('*+', '*').replaceAll('++', '+').replaceAll('(?>', '(?:');
  return new RegExp(text.replaceAll('\\z', '$(?![^])'));
}

const [plain, sound, soundIn10, removed] = (['plain', 'sound', 'soundIn10', 'removed'] as const).map((name) =>
  javascript(headerExpressions[name]),
) as [RegExp, RegExp, RegExp, RegExp];

type Header = readonly [name: string, value: string];
const written = (headers: readonly Header[]) =>
  `${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;

const host: Header = ['host', 'a.example:8443'];

/** Each of these makes a request that is not plain. */
const notPlain: readonly Header[] = [
  ['host', 'a b'],
  ['host', ''],
  ['host', 'a.example/b'],
  ['content-length', '05'],
  ['content-length', ''],
  ['content-length', '5, 5'],
  ['transfer-encoding', 'chunked, identity'],
  ['transfer-encoding', 'Chunked'],
  ['x', 'a\x00b'],
  ['x', 'a\x0bb'],
  ['x\x7f', 'b'],
  ['upgrade', 'websocket'],
  ['http2-settings', 'AAA'],
  ['forwarded', 'for=1'],
  ['forwarded_for', '1'],
  ['x-forwarded-for', '192.0.2.1'],
  ['x-forwarded_for', '192.0.2.1'],
  ['x_forwarded_for', '192.0.2.1'],
  ['transfer_encoding', 'chunked'],
  ['content_length', '5'],
];

test.each(notPlain)('%s: %j is looked at', (...header) => {
  expect(plain.test(written([host]))).toBe(true);
  expect(plain.test(written([host, header]))).toBe(false);
  expect(plain.test(written([header, host]))).toBe(false);
});

test('ordinary requests are plain', () => {
  const headers: Header[] = [
    ['accept', '*/*'],
    ['x-a', ''],
    ['cookie', 'a=b; c="d"'],
    ['x-utf', '\xc3\xa9\t'],
  ];
  for (const before of [[], headers])
    for (const after of [
      headers,
      [['content-length', '12'] as const],
      [['transfer-encoding', 'chunked'] as const],
    ])
      expect(plain.test(written([...before, host, ...after]))).toBe(true);
});

test('what has no host, or two, is looked at', () => {
  expect(plain.test(written([['accept', '*/*']]))).toBe(false);
  expect(plain.test(written([host, host]))).toBe(false);
});

test('HTTP/1.0 needs no host and has no codings', () => {
  expect(soundIn10.test(written([['accept', '*/*']]))).toBe(true);
  expect(soundIn10.test(written([host]))).toBe(true);
  expect(soundIn10.test(written([host, ['transfer-encoding', 'chunked']]))).toBe(false);
  expect(sound.test(written([host, ['transfer-encoding', 'chunked']]))).toBe(true);
});

test('what is plain would have passed the closer look', () => {
  const name = fc.constantFrom(
    ...[
      'host',
      'content-length',
      'transfer-encoding',
      'upgrade',
      'forwarded',
      'forwarded_',
      'x-forwarded-for',
    ],
    ...[
      'x_forwarded',
      'x-forwardedx',
      'accept',
      'hosts',
      'x',
      'transfer_encoding',
      'content_lengthy',
      'x\x01',
    ],
  );
  const value = fc.oneof(
    fc.constantFrom(
      '',
      'a',
      'a.example',
      '[::1]:80',
      'chunked',
      '0',
      '12',
      '012',
      ' chunked',
      'a b',
      'a:1',
      ',',
    ),
    fc.string({ unit: fc.constantFrom('a', '0', '\t', ' ', '\x00', '\x0b', '\x7f', '\xe9', ':', '.') }),
  );
  let met = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 5 }), (headers) => {
      const some = [host, ...headers];
      if (!plain.test(written(some))) return;
      met += 1;
      expect(sound.test(written(some))).toBe(true);
      for (const [key] of some) expect(removed.test(key)).toBe(false);
      expect(some.filter(([key]) => key === 'host')).toHaveLength(1);
      expect(some.filter(([key]) => key === 'upgrade')).toHaveLength(0);
    }),
    { numRuns: 3_000 },
  );
  expect(met).toBeGreaterThan(50);
});
