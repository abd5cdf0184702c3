import { z } from 'zod';
import { distinct } from './distinct.ts';
import { HeaderName } from './text.ts';

/**
 * What the access log may say. It never holds query values, bodies, tokens, cookies or authorization, and
 * no switch here can change that.
 */
export const AccessLog = z
  .strictObject({
    pathWords: distinct(
      z.string().regex(/^[A-Za-z0-9$._-]{1,64}$/, {
        error: 'is not a path word: use 1 to 64 letters, digits and the characters $._-',
      }),
    )
      .prefault([])
      .meta({
        description:
          'Path segments that are words of the API, not data. Every other segment is written as `{id}`, so that no identifier can reach the log.',
      }),
    clientAddress: z.enum(['none', 'network', 'full']).prefault('network').meta({
      description:
        'How much of the client address is written: nothing, its network (/24, or /48 for IPv6), or all of it.',
      source: 'An IP address is one of the 18 identifiers of HIPAA (45 CFR 164.514(b)(2)).',
    }),
    requestIdHeader: HeaderName.optional().meta({
      description: 'A response header with the request id of the servers, to be written beside each request.',
    }),
  })
  .meta({ description: 'What the access log says about each request.' });
export type AccessLog = z.output<typeof AccessLog>;
