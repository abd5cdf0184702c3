import { z } from 'zod';
import { MachineAddress, Port } from './address.ts';
import { Name } from './name.ts';

/** One machine and port behind a virtual service. */
export const RealServer = z
  .strictObject({
    host: Name.optional().meta({
      description: 'The name of a machine in `hosts`. Write either `host` or `address`.',
    }),
    address: MachineAddress.optional().meta({
      description: 'The address, for a machine that is not in `hosts`.',
    }),
    port: Port,
    weight: z.int().min(0).max(256).prefault(100).meta({
      description: 'The share of requests relative to the other servers; 0 gives it no new requests.',
    }),
    maxConnections: z.int().min(1).max(1_000_000).optional().meta({
      description:
        'The most requests at a time; further ones wait in the queue. By default `serverLimit.requests` of the pool, if that is there.',
    }),
  })
  .refine((server) => (server.host === undefined) !== (server.address === undefined), {
    error: 'has neither or both of `host` and `address`: write one of them',
  })
  .meta({ description: 'One server of a pool.' });
export type RealServer = z.output<typeof RealServer>;
