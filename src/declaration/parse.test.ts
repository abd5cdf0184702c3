import { describe, expect, test } from 'vitest';
import { parseDeclaration, type SourceTree } from './parse.ts';

function tree(text: string): SourceTree {
  const parsed = parseDeclaration(text, 'aorta.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

describe('the place of', () => {
  const source = tree(`aorta: v1
hosts:
  web-1: &web { address: 10.0.0.1, roles: [web, "c d"] }
  web-2: *web
empty:
list:
  - one
  - key: value
`);
  const place = (...path: (string | number)[]) => {
    const { line, column } = source.locate(path);
    return `${line}:${column}`;
  };

  test.each([
    ['the whole file', [], '1:1'],
    ['a scalar', ['aorta'], '1:8'],
    ['a mapping is its key', ['hosts'], '2:1'],
    ['a mapping in braces is its key', ['hosts', 'web-1'], '3:3'],
    ['a member in braces', ['hosts', 'web-1', 'address'], '3:26'],
    ['an item in brackets', ['hosts', 'web-1', 'roles', 1], '3:49'],
    ['an alias is its key', ['hosts', 'web-2'], '4:3'],
    ['what is behind an alias is the alias', ['hosts', 'web-2', 'address'], '4:3'],
    ['a value that is not there', ['empty'], '5:7'],
    ['an item', ['list', 0], '7:5'],
    ['a mapping in a list', ['list', 1], '8:5'],
    ['a member of an item', ['list', 1, 'key'], '8:10'],
    ['a member that was not written is its parent', ['hosts', 'web-1', 'description'], '3:3'],
    ['an item that was not written is its parent', ['list', 7], '6:1'],
    ['what is below a scalar is the scalar', ['aorta', 'x', 'y'], '1:8'],
    ['a key that every object has', ['constructor', 'name'], '1:1'],
  ] as const)('%s', (_what, path, expected) => {
    expect(place(...path)).toBe(expected);
  });

  test('a key, when it is the key that is meant', () => {
    expect(source.locate(['aorta'], 'key')).toEqual({ file: 'aorta.yaml', line: 1, column: 1 });
  });
});

test('lines are counted the same with every kind of line end and with a byte order mark', () => {
  for (const end of ['\n', '\r\n']) {
    const text = ['aorta: v1', '# comment', '', 'site: x', ''].join(end);
    for (const mark of ['', '\ufeff']) {
      expect(tree(mark + text).locate(['site'])).toMatchObject({ line: 4, column: 7 });
      expect(tree(mark + text).root).toEqual({ aorta: 'v1', site: 'x' });
    }
  }
});

test('values are those of YAML 1.2: yes is text, and a port in sixties is text', () => {
  expect(tree('a: yes\nb: 22:22\nc: 0o17\nd: 1_000\ne: ~\nf: 2001-01-01\n').root).toEqual({
    a: 'yes',
    b: '22:22',
    c: 15,
    d: '1_000',
    e: null,
    f: '2001-01-01',
  });
});

test('keys are text whatever they look like', () => {
  expect(tree('443: a\ntrue: b\nnull: c\n').root).toEqual({ '443': 'a', true: 'b', null: 'c' });
});

test('a few aliases may share a block', () => {
  const aliases = Array.from({ length: 90 }, () => '*a').join(', ');
  expect(tree(`a: &a x\nb: [${aliases}]\n`).root).toEqual({
    a: 'x',
    b: Array.from({ length: 90 }, () => 'x'),
  });
});

test('of many mistakes the first twenty are told', () => {
  const parsed = parseDeclaration(`a: 1\n${'a: 2\n'.repeat(50)}`, 'aorta.yaml');
  expect(parsed.ok ? [] : parsed.error.map(({ location }) => location?.line)).toEqual(
    Array.from({ length: 20 }, (_none, index) => index + 2),
  );
});
