import { expect, test } from 'vitest';
import { RefusedPeers, refusalOf } from './refused-peers.ts';

test('each reason is told once a minute, with how many more there were', () => {
  let now = 0;
  const told: string[] = [];
  const refused = new RefusedPeers({ now: () => now }, (note) => told.push(note));
  for (let count = 0; count < 10; count += 1) refused.note('it showed no certificate');
  refused.note('it took too long');
  now = 59_999;
  refused.note('it showed no certificate');
  expect(told).toEqual([
    'a connection to the API was refused: it showed no certificate',
    'a connection to the API was refused: it took too long',
  ]);
  now = 60_000;
  refused.note('it showed no certificate');
  now = 130_000;
  refused.note('it showed no certificate');
  expect(told.slice(2)).toEqual([
    'a connection to the API was refused: it showed no certificate (and 10 more since the last time)',
    'a connection to the API was refused: it showed no certificate',
  ]);
});

test('what the library says is never repeated: it could quote what was sent', () => {
  expect(refusalOf('-----BEGIN')).toBe('the TLS handshake failed');
  expect(refusalOf(undefined)).toBe('the TLS handshake failed');
});
