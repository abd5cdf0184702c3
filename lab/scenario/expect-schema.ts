import { z } from 'zod';
import { NODES } from '../pair/addresses.ts';
import { KIND_NAMES } from './request-kinds.ts';
import { duration, machineName, moment } from './units.ts';

const share = z.number().min(0).max(1);
const during = z
  .tuple([moment, moment])
  .refine(([from, to]) => from < to, 'a window ends after it begins')
  .describe('from and to, after the warm-up');

/** How many requests of a class may fail. */
const limit = z.union([
  z.int().min(0),
  z.strictObject({ perThousand: z.number().min(0).max(1000) }),
  z.strictObject({ inFlightAt: moment }).describe('only those that were under way at that moment'),
]);
export type Limit = z.output<typeof limit>;

const perClass = <T extends z.ZodType>(one: T) =>
  z.strictObject({ reads: one.optional(), writes: one.optional() });

const group = z.enum(['apis', 'apps']).optional().describe('of a pair that is spread: only this group');

/** What must be true of a run. That nothing is carried out twice is always asserted and cannot be written. */
export const expectSchema = z.strictObject({
  failed: perClass(limit).prefault({}).describe('answers that are no success, clear refusals among them'),
  unclear: perClass(limit)
    .prefault({})
    .describe('failed, and not refused clearly by 429 or 503 with Retry-After'),
  successShare: perClass(share).prefault({}),
  failuresEndWithin: duration.optional().describe('from when the request was due to its end'),
  everyEndsWithin: duration
    .optional()
    .describe('the same for every request: an answer that comes too late is no success'),
  longestGap: duration.optional().describe('the longest time in which no request succeeded'),
  p99: perClass(duration).prefault({}).describe('of successful requests, from when they were due'),
  answered: z
    .array(
      z.strictObject({
        during,
        only: z.array(machineName).optional().describe('nobody else'),
        by: z.array(machineName).optional().describe('each of them, among others'),
        atMost: z.record(machineName, share).optional().describe('share of the answers'),
      }),
    )
    .default([])
    .describe('who answered, by when the answer came'),
  succeeds: z
    .array(
      z.strictObject({
        during,
        share,
        kind: z.enum(KIND_NAMES).optional().describe('only of this kind'),
        of: group,
      }),
    )
    .default([])
    .describe('share of the requests that were due in a window'),
  conditions: z
    .array(z.strictObject({ during, says: z.string().min(1) }))
    .default([])
    .describe('some condition in the status contains these words'),
  servers: z
    .array(
      z.strictObject({ during, server: machineName, state: z.string().min(1), says: z.string().optional() }),
    )
    .default([])
    .describe('seen at least once; `says`: words of its check'),
  never: z
    .strictObject({
      conditions: z.array(z.string().min(1)).default([]),
      servers: z.array(z.strictObject({ server: machineName, state: z.string().min(1) })).default([]),
      services: z.array(z.enum(['degraded', 'down'])).default([]),
    })
    .prefault({}),
  takeovers: z
    .array(
      z.strictObject({
        after: moment.describe('when the action is that takes the addresses away'),
        by: z.enum(NODES),
        within: duration.describe('from the action to the first answer by way of the other node'),
      }),
    )
    .default([])
    .describe('of a pair'),
  moves: z
    .int()
    .min(0)
    .optional()
    .describe('of a pair: how often the address that clients use comes to a node'),
  heldBy: z
    .array(z.strictObject({ at: moment, by: z.union([z.array(z.enum(NODES)), z.literal('one')]), of: group }))
    .default([])
    .describe(
      'of a pair: exactly these nodes hold every virtual address at that moment; `one`: a single one',
    ),
  dnsQueries: z.int().min(0).optional(),
  healthyWithin: duration.optional().describe('after the last action, every server takes requests again'),
});
export type Expect = z.output<typeof expectSchema>;
