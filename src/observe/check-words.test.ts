import { expect, test } from 'vitest';
import { checkWords, outcomeWords } from './check-words.ts';

// What HAProxy 2.6 and 3.0 say, measured.
test.each([
  [
    { result: 'L7STS', status: 503, description: 'Service Unavailable', duration: 12 },
    'unexpected status 503 (Service Unavailable), after 12ms',
  ],
  [{ result: 'L4OK', description: '(tcp-check)', duration: 0 }, 'connected, after 0ms'],
  [{ result: 'L4CON', description: 'Connection refused' }, 'no connection (Connection refused)'],
  [
    { result: 'L4CON', description: 'Connection refused at step 1 of tcp-check (connect)' },
    'no connection (Connection refused)',
  ],
  [
    { result: 'L4CON', description: 'Connection refused at step 2 of tcp-check (connect port 8379)' },
    'no connection to its port 8379 (Connection refused)',
  ],
  [
    { result: 'L4TOUT', description: ' at step 2 of tcp-check (connect port 8379)', duration: 1_001 },
    'no connection within the time limit to its port 8379, after 1001ms',
  ],
])('%j', (check, words) => {
  expect(checkWords(check)).toBe(words);
  expect(words.startsWith(outcomeWords(check))).toBe(true);
});
