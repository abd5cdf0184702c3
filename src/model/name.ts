import { z } from 'zod';

/** Names appear in HAProxy's statistics, in file names and on the command line, so they are kept to what all of these take. */
const pattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const Name = z
  .string()
  .regex(pattern, {
    error: 'is not a name: use 1 to 63 lower-case letters, digits and hyphens, and no hyphen at either end',
  })
  .brand<'Name'>()
  .meta({ description: 'Lower-case letters, digits and hyphens; 1 to 63 characters.' });
export type Name = z.output<typeof Name>;

export function isName(text: string): text is Name {
  return pattern.test(text);
}
