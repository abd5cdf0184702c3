import { z } from 'zod';

/** A file that the declaration names, read where the operator is. */
export const SentFile = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('read'), base64: z.base64(), othersCanRead: z.boolean() }),
  z.strictObject({ kind: z.literal('unreadable'), reason: z.string().max(200) }),
]);
export type SentFile = z.output<typeof SentFile>;

/**
 * A declaration with everything it names. Self-contained: the controller never looks for the operator's
 * files, so it does not matter on which machine, or with whose rights, the command ran.
 */
export const ApplyRequest = z.strictObject({
  /** What findings call the file. */
  file: z.string().min(1).max(255),
  text: z.string(),
  /** By the names in the declaration. */
  files: z.record(z.string(), SentFile),
});
export type ApplyRequest = z.output<typeof ApplyRequest>;

/** What the two faces, API and CLI, agree on: one entry an operation. */
export const operations = {
  status: { method: 'GET', path: '/v1/status', summary: 'What the services and servers are doing.' },
  apply: { method: 'POST', path: '/v1/configuration', summary: 'Make a declaration the desired state.' },
  down: { method: 'POST', path: '/v1/down', summary: 'End HAProxy, then the controller.' },
} as const;
export type Operation = keyof typeof operations;
