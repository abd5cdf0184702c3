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
  })
  .meta({ description: 'When a request may be tried again.' });
export type Retry = z.output<typeof Retry>;
