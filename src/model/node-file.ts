import { z } from 'zod';
import { Name } from './name.ts';
import { nodeApiFields } from './node-api.ts';
import { nodeMetricsFields } from './node-metrics.ts';
import { nodeStoreFields } from './node-store.ts';

/** What Linux takes for a name, without what it takes and nobody writes. */
const InterfaceName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/, {
    error:
      'is not the name of an interface: write it as `ip -brief link` shows it, without `@` and what follows',
  })
  .refine((name) => name !== 'lo', {
    error: 'is the loopback interface: write the one that leads to the network',
  });

/** What differs between the nodes of a pair, and so does not stand in the declaration that they share. */
export const NodeFile = z
  .strictObject({
    node: Name.meta({ description: 'Which of `ha.nodes` in the declaration this machine is.' }),
    interface: InterfaceName.optional().meta({
      description:
        'The network interface that carries the virtual addresses, for example `eth0`. A declaration with a pair needs it.',
    }),
    serverInterface: InterfaceName.optional().meta({
      description:
        'The network interface to the servers, when it is another one. A node that loses it gives its addresses up: it could not serve. A cable between the nodes alone does not belong here.',
    }),
    ...nodeApiFields,
    ...nodeStoreFields,
    ...nodeMetricsFields,
  })
  .check(({ value, issues }) => {
    if (value.serverInterface === undefined || value.serverInterface !== value.interface) return;
    issues.push({
      code: 'custom',
      message: 'is `interface` already: leave it out when there is one only',
      input: value,
      path: ['serverInterface'],
    });
  })
  .meta({ description: 'The node file: what a machine says of itself.' });
export type NodeFile = z.output<typeof NodeFile>;
