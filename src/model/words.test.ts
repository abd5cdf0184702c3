import { describe, expect, test } from 'vitest';
import { CertificateSource } from './certificate.ts';
import { distinct } from './distinct.ts';
import { toHostname } from './hostname.ts';
import { Name } from './name.ts';
import { FilePath, HeaderName, Text, UrlPath } from './text.ts';

const hostile = [
  'x\n  bind :1',
  'x\r\nX-Injected: 1',
  'x\u0000',
  'x\u0007',
  'x\u007f',
  'x\u0085y',
  'x\u2028y',
  'x\u2029y',
  'x\u202ey',
  'x\u200by',
  '\ufeffx',
  'x\ud800',
  '\u{e0041}',
];

describe.each([
  ['Text', Text],
  ['FilePath', FilePath],
  ['UrlPath', UrlPath],
  ['HeaderName', HeaderName],
  ['Name', Name],
] as const)('%s', (_name, type) => {
  test.each(hostile)('refuses %j', (text) => {
    expect(type.safeParse(text).success).toBe(false);
    expect(type.safeParse(`/${text}`).success).toBe(false);
  });

  test('refuses what is empty or endless', () => {
    expect(type.safeParse('').success).toBe(false);
    expect(type.safeParse(`/${'x'.repeat(100_000)}`).success).toBe(false);
  });
});

describe('a host name', () => {
  test.each([
    ...hostile,
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '-a.example',
    'a-.example',
    'a_b.example',
    'münchen.example',
    '*.example',
    '10.0.0.1',
    'a.1',
    `${'a'.repeat(64)}.example`,
    `${'abc.'.repeat(63)}example`,
  ])('is not %j', (text) => {
    expect(toHostname(text)).toBeUndefined();
  });

  test.each([
    ['A.Example', 'a.example'],
    ['localhost', 'localhost'],
    ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
    ['1.2.3.example', '1.2.3.example'],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
  ])('%s is %s', (text, hostname) => {
    expect(toHostname(text)).toBe(hostname);
  });
});

describe('other words', () => {
  test.each(['A', '-a', 'a-', 'a_b', 'a.b', 'a b', 'ä', 'a'.repeat(64)])('%j is no name', (text) => {
    expect(Name.safeParse(text).success).toBe(false);
  });

  test.each(['health', '/a b', '/a"b', '/a\\b', '/a#b', '/a?b', '/a{b}', '/ü'])(
    '%j is no URL path',
    (text) => {
      expect(UrlPath.safeParse(text).success).toBe(false);
    },
  );

  test.each(['x:', 'x y', 'x%', "x'", 'x"', 'x$', '-x'])('%j is no header name', (text) => {
    expect(HeaderName.safeParse(text).success).toBe(false);
  });

  test('a header name is kept in lower case', () => {
    expect(HeaderName.parse('X-Request-Id')).toBe('x-request-id');
  });
});

test('a list of distinct values names the second of two, in its canonical form too', () => {
  const refused = distinct(HeaderName).safeParse(['a', 'b', 'A']);
  expect(refused.error?.issues).toMatchObject([{ path: [2], message: 'is there twice: keep one' }]);
  expect(distinct(HeaderName).parse(['a', 'b'])).toEqual(['a', 'b']);
});

describe('the source of a certificate', () => {
  const file = 'a.pem';
  test.each([
    {},
    { certificate: file },
    { key: file },
    { passwordFile: file },
    { pem: file, key: file },
    { pem: file, certificate: file, key: file },
    { pem: file, pfx: file },
    { pfx: file, certificate: file, key: file },
  ])('is not %o', (source) => {
    expect(CertificateSource.safeParse(source).success).toBe(false);
  });

  test('is one file, two files, or a PFX', () => {
    expect(CertificateSource.parse({ pem: 'a' })).toEqual({ kind: 'pem', files: ['a'] });
    expect(CertificateSource.parse({ certificate: 'a', key: 'b', passwordFile: 'c' })).toEqual({
      kind: 'pem',
      files: ['a', 'b'],
      passwordFile: 'c',
    });
    expect(CertificateSource.parse({ pfx: 'a' })).toEqual({ kind: 'pfx', file: 'a' });
  });
});
