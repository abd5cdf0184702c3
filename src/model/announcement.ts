import { z } from 'zod';
import { MachineAddress } from './address.ts';
import { Name } from './name.ts';

/** The number of an autonomous system. 0, 23456 and the highest one are nobody's (RFC 7607, 6793, 7300). */
export const AsNumber = z
  .int()
  .min(1)
  .max(4_294_967_294)
  .refine((number) => number !== 23_456, { error: 'is reserved: ask whoever runs the routers for yours' })
  .meta({ description: 'The number of an autonomous system, 1 to 4294967294.' });

/** A router that is told where the virtual addresses are. */
export const BgpRouter = z.strictObject({
  address: MachineAddress.meta({
    description:
      "The router's own address on the clients' network, where each node speaks BGP to it. IPv4 addresses are announced to routers with an IPv4 address, IPv6 addresses to those with an IPv6 address.",
  }),
  as: AsNumber.meta({ description: "The router's own number." }),
});
export type BgpRouter = z.output<typeof BgpRouter>;

/** All nodes hold all virtual addresses at the same time, and tell routers so. */
export const Announcement = z.strictObject({
  localAs: AsNumber.meta({
    description:
      'The number that the nodes have, the same for all: routers share traffic among routes that look alike. 64512 to 65534 are for private use.',
  }),
  routers: z
    .record(Name, BgpRouter)
    .refine((routers) => Object.keys(routers).length > 0, {
      error: 'names no router: without one nobody learns where the addresses are',
    })
    .meta({ description: 'Each node announces the virtual addresses to each of these, by name.' }),
  bfd: z.boolean().prefault(true).meta({
    description:
      'Whether nodes and routers also watch each other by BFD, so that a node without power or cable is noticed within a second and not after 9. A router that does not speak it is no fault: the session works without.',
  }),
});
export type Announcement = z.output<typeof Announcement>;
