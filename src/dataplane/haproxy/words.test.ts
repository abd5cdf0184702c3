import { expect, test } from 'vitest';
import { Bug } from '../../kernel/bug.ts';
import { addressWord, entryWord, fileWord, nameWord, numberWord, portWord } from './words.ts';

const hostile = ['', 'a;b', 'a b', 'a\nb', 'a\\b', '<<', 'a\u0000', 'ä'];

test.each(hostile)('%j is no word of any kind', (text) => {
  for (const word of [addressWord, entryWord, fileWord, nameWord]) expect(() => word(text)).toThrow(Bug);
});

test('words of one kind are not words of another', () => {
  expect(() => nameWord('live/api')).toThrow(Bug);
  expect(() => fileWord('/etc/passwd')).toThrow(Bug);
  expect(() => fileWord('certs/../x.pem')).toThrow(Bug);
  expect(() => addressWord('fe80::1%eth0')).toThrow(Bug);
  expect(() => addressWord('host.example')).toThrow(Bug);
  for (const port of [0, 65_536, 1.5]) expect(() => portWord(port)).toThrow(Bug);
  for (const value of [-1, 0.5, Number.NaN]) expect(() => numberWord(value)).toThrow(Bug);
});

test('sound ones are given back', () => {
  expect([nameWord('live.servers'), fileWord('certs/live.pem'), addressWord('2001:db8::1')]).toEqual([
    'live.servers',
    'certs/live.pem',
    '2001:db8::1',
  ]);
  expect([portWord(443), numberWord(0), entryWord('10.0.0.0/8'), entryWord('api-1')]).toEqual([
    '443',
    '0',
    '10.0.0.0/8',
    'api-1',
  ]);
});
