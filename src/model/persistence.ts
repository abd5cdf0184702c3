import { z } from 'zod';
import { durationBetween } from './duration.ts';

const NoPersistence = z.strictObject({ type: z.literal('none') });

const SourceAddressPersistence = z.strictObject({
  type: z.literal('sourceAddress'),
  expire: durationBetween('1s', '12d').prefault('30m').meta({
    description: 'How long a client without requests keeps its server.',
    source: "The appliance's default.",
  }),
  entries: z.int().min(100).max(10_000_000).prefault(100_000).meta({
    description: 'How many clients are remembered; the oldest is forgotten first. About 100 bytes each.',
  }),
});

const CookiePersistence = z.strictObject({
  type: z.literal('cookie'),
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
      error:
        'is not the name of a cookie: use up to 64 letters, digits, hyphens and underscores, a letter first',
    })
    .prefault('AORTA')
    .meta({
      description: 'The name of the cookie. It holds the name of the server, nothing about the client.',
    }),
  idle: durationBetween('1s', '12d')
    .prefault('30m')
    .meta({ description: 'How long an unused cookie is honoured.', source: "The appliance's default." }),
  life: durationBetween('1s', '12d')
    .prefault('12h')
    .meta({ description: 'How long a cookie is honoured at all.', source: "The appliance's default." }),
});

/** Whether and how the requests of one client stay on one server. */
export const Persistence = z
  .discriminatedUnion('type', [NoPersistence, SourceAddressPersistence, CookiePersistence])
  .meta({ description: 'Whether and how the requests of one client stay on one server.' });
export type Persistence = z.output<typeof Persistence>;
