import { z } from 'zod';
import { Network } from './address.ts';
import { distinct } from './distinct.ts';
import { durationBetween } from './duration.ts';

const rate = {
  requests: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .meta({ description: 'The most requests within `per`; those that were refused do not count.' }),
  per: durationBetween('1s', '1h').prefault('1m').meta({ description: 'The time that `requests` is for.' }),
  mode: z.enum(['report', 'enforce']).prefault('report').meta({
    description:
      '`report` refuses nothing: what would have been refused stands in the access log and the status. `enforce` answers 429.',
    source: 'A limit that nobody has watched first refuses the wrong clients.',
  }),
};

/** What one source address may ask for. */
const SourceLimit = z
  .strictObject({
    ...rate,
    concurrent: z.int().min(1).max(1_000_000).optional().meta({
      description: 'The most requests under way at a time as well.',
    }),
  })
  .meta({ description: 'What one source address may ask for; absent: no limit.' });
export type SourceLimit = z.output<typeof SourceLimit>;

const ClientLimit = z.strictObject(rate).meta({
  description:
    'What one OAuth client may ask for, wherever it comes from: told by `client_id`, else `azp`, of its bearer token, else by the token. Requests without a bearer token are not counted. Absent: no limit.',
});
export type ClientLimit = z.output<typeof ClientLimit>;

/** How much of a service one client may take, besides its fair share of a pool that is full. */
export const ClientLimits = z
  .strictObject({
    perSource: SourceLimit.optional(),
    perClient: ClientLimit.optional(),
    exempt: distinct(Network).prefault([]).meta({
      description:
        'Source networks that `perSource`, the fair share of a full pool and `maxConnectionsPerSource` do not apply to: an integration engine, or an address that many clients share.',
    }),
  })
  .meta({ description: 'How much of the service one client may take.' });
export type ClientLimits = z.output<typeof ClientLimits>;
