import { z } from 'zod';
import { MachineAddress, Port } from './address.ts';
import { Announcement } from './announcement.ts';
import { distinct } from './distinct.ts';
import { Name } from './name.ts';

/** One of the machines that stand in for each other. */
export const HaNode = z.strictObject({
  address: MachineAddress.meta({
    description: "The node's own address on the clients' network; the nodes watch each other from it.",
  }),
  pairAddress: MachineAddress.optional().meta({
    description:
      'The address at which the other nodes reach it for what they share; by default the same as `address`.',
  }),
});
export type HaNode = z.output<typeof HaNode>;

/** Virtual addresses that move together. */
export const AddressGroup = z.strictObject({
  addresses: distinct(MachineAddress)
    .min(1)
    .meta({ description: 'Addresses of listeners; one node at a time holds all of them.' }),
  preferred: Name.optional().meta({
    description:
      'The node that takes the addresses back as soon as it is well again, unless they were moved away from it on purpose; by default none does: they stay where they are.',
  }),
  virtualRouterId: z.int().min(1).max(255).optional().meta({
    description:
      'What VRRP knows the group by; nobody else on that network may have it. By default 51 for the first group by name, 52 for the next, and so on.',
  }),
});
export type AddressGroup = z.output<typeof AddressGroup>;

/**
 * Several machines: one holds the virtual addresses and another takes them when it fails, or with `announce` all hold them at
 * the same time.
 */
export const Ha = z
  .strictObject({
    nodes: z.record(Name, HaNode).meta({
      description: 'The machines, by name; two or more. Each says in its node file which of them it is.',
    }),
    profile: z.enum(['fast', 'vm-safe']).prefault('fast').meta({
      description:
        'How soon a silent node counts as dead: `fast` after about 0.6 s; `vm-safe` after more than 3 s, so that a virtual machine may stand still for 2 s.',
      source:
        'Measured: with an advert every 0.2 s no false takeover in 28 minutes on a saturated machine; every 0.1 s there were ten.',
    }),
    gateway: MachineAddress.optional().meta({
      description:
        'An address on the same network that always answers pings, such as the router. A node that does not reach it is less wanted than one that does; by default nothing is asked.',
    }),
    peersPort: Port.prefault(7444).meta({
      description:
        'The port at which the nodes hand each other what they know of clients (tables of persistence and limits), on the `pairAddress` of each. Used when a node file has `keys`.',
    }),
    announce: Announcement.optional().meta({
      description:
        'All nodes hold all virtual addresses at the same time, and announce them by BGP to routers, which share clients among them. In place of addresses that move: `groups` and `gateway` do not go with it.',
    }),
    groups: z.record(Name, AddressGroup).optional().meta({
      description:
        'Virtual addresses that move together, by name. By default one group, `main`, with the address of every listener that is neither `0.0.0.0` or `::` nor the own address of a node.',
    }),
  })
  .meta({
    description:
      'The pair: which machines stand in for each other, and which addresses move between them, or are announced by all.',
  });
export type Ha = z.output<typeof Ha>;
