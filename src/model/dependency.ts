import { z } from 'zod';
import { distinct } from './distinct.ts';
import { Name } from './name.ts';
import { Text } from './text.ts';

/** The machines of one role that the servers of a service need. */
export const Dependency = z
  .strictObject({
    hosts: distinct(Name).min(1).meta({
      description: 'Names of machines in `hosts`; they need `watch`. One of them is enough to serve.',
    }),
    needed: z.boolean().prefault(true).meta({
      description:
        '`false`: requests do not need it. Its loss is told, and the service still counts as healthy.',
    }),
    effect: Text.optional().meta({
      description: 'What its loss means, as a sentence for whoever reads the status.',
    }),
  })
  .meta({ description: 'Machines of one role that the servers of the service need.' });
export type Dependency = z.output<typeof Dependency>;
