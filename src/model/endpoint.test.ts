import { expect, test } from 'vitest';
import { formatEndpoint, toEndpoint } from './endpoint.ts';

test.each([
  ['10.20.1.2:7443', '10.20.1.2:7443'],
  ['10.20.1.2', '10.20.1.2:1'],
  ['[2001:DB8::2]:9', '[2001:db8::2]:9'],
  ['[2001:db8::2]', '[2001:db8::2]:1'],
  ['2001:db8::2', '[2001:db8::2]:1'],
  ['lb-a.Pair.example:65535', 'lb-a.pair.example:65535'],
  ['lb-a', 'lb-a:1'],
])('%s', (text, canonical) => {
  const endpoint = toEndpoint(text, 1);
  expect(endpoint && formatEndpoint(endpoint)).toBe(canonical);
});

test.each([
  ...['', ':1', '10.20.1.2:', '10.20.1.2:0', '10.20.1.2:65536', '10.20.1:1', '0.0.0.0:1', '[::]:1'],
  ...['[10.20.1.2', '[lb-a]:1', 'lb a:1', 'lb-a:1:2', 'https://lb-a:1', '[2001:db8::2]1', 'lb-a:x'],
])('not %j', (text) => {
  expect(toEndpoint(text, 1)).toBeUndefined();
});

test('without a port only where there is one by default', () => {
  expect(toEndpoint('10.20.1.2')).toBeUndefined();
});
