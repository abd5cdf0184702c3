import { z } from 'zod';
import { MachineAddress } from './address.ts';
import { distinct } from './distinct.ts';
import { Name } from './name.ts';
import { Text } from './text.ts';
import { Watch } from './watch.ts';

/**
 * One machine and what runs on it. Taking a host out of service takes it out of every pool that names it.
 * Hosts that no pool names are not balanced; they are shown beside the service that depends on them.
 */
export const Host = z
  .strictObject({
    address: MachineAddress,
    roles: distinct(Name)
      .min(1)
      .prefault(['server'])
      .meta({ description: 'What runs on the machine: `api`, `cache`, `platform-service` and so on.' }),
    watch: z.array(Watch).optional().meta({
      description:
        'Ports of the machine that HAProxy watches, without sending traffic there; `dependsOn` of a service says who needs them.',
    }),
    description: Text.optional().meta({ description: 'Shown to people; changes nothing.' }),
  })
  .meta({ description: 'A machine and what runs on it.' });
export type Host = z.output<typeof Host>;
