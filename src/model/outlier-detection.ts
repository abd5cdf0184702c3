import { z } from 'zod';
import { durationBetween } from './duration.ts';

const Slow = z
  .strictObject({
    factor: z.number().min(1.5).max(100).prefault(3).meta({
      description: 'How many times as long as the others a server must take for its answers.',
      source: 'Proposed: three times as slow as the others is no chance.',
    }),
    atLeast: durationBetween('10ms', '1m').prefault('200ms').meta({
      description:
        'How much longer than the others it must take, besides: 9 ms are no harm where 3 ms are usual.',
      source: 'Proposed: what a person begins to notice.',
    }),
    weight: z.int().min(1).max(99).prefault(25).meta({
      description: 'What is left of its weight, in percent of the declared one.',
      source: 'Proposed: enough requests to see when it is well again.',
    }),
  })
  .meta({
    description:
      'Gives a server that is much slower than its siblings fewer requests. It is never taken out for being slow, and it is tried again after a minute, then after two, up to a quarter of an hour.',
  });

/** What real traffic says about a server when its siblings are looked at, too. */
export const OutlierDetection = z
  .strictObject({
    errorShare: z.int().min(1).max(100).prefault(50).meta({
      description:
        'Percent of the requests of one second, or of two, that must fail at a server: no connection, no answer or one that is cut off, 5xx, or tried again elsewhere. 4xx never counts.',
      source: 'Measured: a broken server fails all of them; a poison request fails as often at its siblings.',
    }),
    minRequests: z.int().min(3).max(10_000).prefault(5).meta({
      description: 'Requests of that time without which nothing is said, of the server and of its siblings.',
      source: 'Computed: five failures of five beside none of five are chance once in 1,000.',
    }),
    penalty: durationBetween('1s', '5m').prefault('10s').meta({
      description:
        'How long a server is kept out, however well its checks pass; twice as long each time, up to 5 minutes. Forgotten after 5 minutes in service.',
      source:
        'Measured: with 10 s a server that passes its checks and answers 503 costs 4 of 1,000 POSTs, without it 11 to 15.',
    }),
    maxEjected: z.int().min(1).max(100).prefault(50).meta({
      description:
        'Percent of the servers of a pool that are kept out, or get less, at a time. One always may, and one always stays.',
      source: 'Proposed: half of the servers must carry the load.',
    }),
    slow: Slow.optional(),
  })
  .meta({
    description:
      'Keeps a server out that fails requests while its siblings do not, also when its checks pass or retries hide the failures.',
  });
export type OutlierDetection = z.output<typeof OutlierDetection>;
