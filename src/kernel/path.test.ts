import { describe, expect, test } from 'vitest';
import { formatPath, parsePath, pathKey } from './path.ts';

describe('paths', () => {
  test.each([
    ['[', 'an open bracket'],
    ['a[', 'an open bracket behind a key'],
    ['a["b', 'an open quote'],
    ['a["\\q"]', 'an escape that JSON does not have'],
    ['a["\\u12"]', 'an escape that is too short'],
    ['a["\n"]', 'a line break in quotes'],
    ['a["\u0000"]', 'a control character in quotes'],
    ['a..b', 'two dots'],
    ['a.', 'a dot at the end'],
    ['a b', 'a blank'],
    ['a[-1]', 'a negative index'],
    ['a[1.5]', 'half an index'],
    ["a['b']", 'single quotes'],
    ['*', 'a star'],
  ])('%j is no path: %s', (text) => {
    expect(parsePath(text)).toBeUndefined();
  });

  test.each([
    ['', []],
    ['site', ['site']],
    ['services.live.apiServers.api-1', ['services', 'live', 'apiServers', 'api-1']],
    ['listeners[0].port', ['listeners', 0, 'port']],
    ['a["b c"]["1"]', ['a', 'b c', '1']],
    ['a["\\"\\\\"]', ['a', '"\\']],
    ['a["\\n"]', ['a', '\n']],
  ])('%s is read and written', (text, path) => {
    expect(parsePath(text)).toEqual(path);
    expect(formatPath(path)).toBe(text);
  });

  test('an index may be written with a dot, as other programs do', () => {
    expect(parsePath('listeners.0.port')).toEqual(['listeners', 0, 'port']);
  });

  test('keys of paths tell an index from a key that looks like one', () => {
    expect(pathKey(['a', 0])).not.toBe(pathKey(['a', '0']));
    expect(pathKey(['a.b'])).not.toBe(pathKey(['a', 'b']));
  });
});
