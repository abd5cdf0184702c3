import { z } from 'zod';
import { Network } from './address.ts';
import { distinct } from './distinct.ts';

/** Who may use a service, by the address a connection comes from. */
export const AccessList = z
  .strictObject({
    allow: distinct(Network)
      .min(1)
      .meta({ description: 'Source networks that may use the service; all others get 403.' }),
  })
  .meta({ description: 'Who may use the service.' });
export type AccessList = z.output<typeof AccessList>;
