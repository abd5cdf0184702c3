import { z } from 'zod';

/** What can go wrong on demand. Sent to a process's control address, one fault at a time. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('slow'), delayMs: z.int().min(1).max(600_000) }),
  z.strictObject({ kind: z.literal('hang') }),
  z
    .strictObject({
      kind: z.literal('few-workers'),
      workers: z.int().min(1).max(1000),
      workMs: z.int().min(1).max(60_000),
    })
    .describe(
      'each request takes so long, and only so many at a time; others wait: a server with a capacity',
    ),
  z.strictObject({
    kind: z.literal('reset'),
    when: z.enum(['before-execution', 'after-execution']).default('before-execution'),
  }),
  z.strictObject({ kind: z.literal('refuse') }),
  z.strictObject({
    kind: z.literal('error'),
    status: z.int().min(400).max(599).default(503),
    share: z.number().min(0).max(1).default(1).describe('part of the requests that fail, spread evenly'),
    sparesChecks: z.boolean().default(false).describe('health checks are answered well'),
    count: z.int().min(1).optional().describe('the burst ends by itself after so many failures'),
  }),
  z.strictObject({ kind: z.literal('wrong-certificate') }),
  z.strictObject({ kind: z.literal('expired-certificate') }),
  z.strictObject({ kind: z.literal('untrusted-certificate') }),
  z.strictObject({ kind: z.literal('check-passes-api-fails') }),
  z.strictObject({ kind: z.literal('cache-gone') }),
]);
export type Fault = z.output<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;
