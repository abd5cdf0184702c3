import { expect, test } from 'vitest';
import type { OneServersCounters } from '../dataplane/counters-port.ts';
import { CountersFixture } from './counters-fixture.ts';
import { endedBetween } from './server-traffic.ts';

type Growth = Partial<Omit<OneServersCounters, 'backend' | 'server'>>;

function ended(growth: Growth, before: Growth = {}) {
  const [zero] = new CountersFixture().second({ a: {} }).servers;
  if (zero === undefined) throw new Error('there is one server');
  const from = { ...zero, ...before };
  const to = { ...from };
  for (const [key, more] of Object.entries(growth))
    Object.assign(to, { [key]: Number(from[key as 'requests']) + more });
  return endedBetween(from, to);
}

/** Recorded with HAProxy 2.6.12 and 3.0.11: what the counters of a server grew by, see ADR 0023. */
test.each<[string, Growth, { requests: number; failed: number }]>([
  ['all is well', { requests: 50, answers: 50 }, { requests: 50, failed: 0 }],
  ['refused', { requests: 96, redispatches: 96 }, { requests: 96, failed: 96 }],
  [
    'reset, GET, tried again',
    { requests: 63, responseErrors: 63, retries: 63, redispatches: 63 },
    { requests: 63, failed: 63 },
  ],
  [
    'reset, POST, 2.6: blamed more than once, half of it on the client',
    { requests: 50, responseErrors: 69, abandoned: 31 },
    { requests: 50, failed: 50 },
  ],
  ['reset, POST, 3.0', { requests: 50, responseErrors: 99, abandoned: 1 }, { requests: 50, failed: 50 }],
  [
    'closed, GET, 2.6: nobody blamed',
    { requests: 63, retries: 63, redispatches: 63 },
    { requests: 63, failed: 63 },
  ],
  ['closed, POST, 2.6: a third blamed', { requests: 50, responseErrors: 17 }, { requests: 50, failed: 50 }],
  [
    'cut off',
    { requests: 50, answers: 50, responseErrors: 50, cutAnswers: 50 },
    { requests: 50, failed: 50 },
  ],
  ['503, GET, tried again', { requests: 66, retries: 66, redispatches: 66 }, { requests: 66, failed: 66 }],
  ['503, POST', { requests: 50, answers: 50, answers5xx: 50 }, { requests: 50, failed: 50 }],
  ['time-out', { requests: 10, responseErrors: 10 }, { requests: 10, failed: 10 }],
])('%s', (_, growth, expected) => {
  expect(ended(growth)).toEqual(expected);
});

test.each<[string, Growth, Growth]>([
  ['requests that are under way', { requests: 30, answers: 10, sessions: 20 }, {}],
  ['requests that clients gave up', { requests: 30, answers: 10, abandoned: 20 }, {}],
  ['long downloads and WebSockets that end', { requests: 10, answers: 10, sessions: -20 }, { sessions: 20 }],
  ['answers to requests of before', { answers: 20, sessions: -20 }, { requests: 20, sessions: 20 }],
])('no failure: %s', (_, growth, before) => {
  expect(ended(growth, before).failed).toBe(0);
});

test('requests that time out after a long wait are failures when they do', () => {
  expect(ended({ sessions: -20, responseErrors: 20 }, { requests: 20, sessions: 20 })).toEqual({
    requests: 20,
    failed: 20,
  });
});
