import { z } from 'zod';
import { distinct } from './distinct.ts';

/**
 * When HAProxy may send a request again. A connection that failed is retried for every method, because
 * nothing was sent. Every other reason counts for safe methods only (GET, HEAD, OPTIONS): a record must
 * never be written twice.
 */
export const Retry = z
  .strictObject({
    attempts: z.int().min(0).max(10).prefault(3).meta({
      description: 'How often a request is tried again, the last time on another server.',
      source: 'Measured: 3 with redispatch hides the death of a server from every GET.',
    }),
    safeMethodsOn: distinct(z.enum(['empty-response', 'response-timeout', '502', '503', '504']))
      .prefault(['empty-response', 'response-timeout', '503'])
      .meta({
        description:
          'Besides a failed connection: what else makes GET, HEAD and OPTIONS be tried again. Never applies to other methods.',
        source:
          'Measured: 0 failed GETs under kill, reset and 503; with retries for every method up to 679 of 1,000 POSTs ran twice.',
      }),
    budget: z.int().min(0).max(100).prefault(20).meta({
      description:
        'Requests that may be sent again after they had reached a server, in percent of all requests of ten seconds; ten a second may always. Beyond it only failed connections are tried again, until half of it is reached.',
      source: 'The default of other proxies: a pool that fails everything must not get twice the requests.',
    }),
    unansweredWrites: z.enum(['report', 'close']).prefault('report').meta({
      description:
        'What the client of a write gets when the server closed its connection and did not answer. `report`: always 502, outcome unknown; writes of up to 64 KB take one hop more inside HAProxy for it. `close`: what HAProxy does by itself, often a closed connection or `REFUSED_STREAM`, after which many clients send the write again by themselves.',
      source:
        'Measured: curl, Go and browsers take a refused stream and an unanswered kept connection for "nothing was done" and repeat a POST.',
    }),
  })
  .meta({ description: 'When a request may be tried again.' });
export type Retry = z.output<typeof Retry>;
