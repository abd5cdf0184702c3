import { z } from 'zod';
import { FilePath } from './text.ts';

/** A bundle of certificate authorities that may vouch for servers. */
export const AuthoritySource = z
  .strictObject({
    ca: FilePath.meta({
      description:
        'A PEM file with the certificates of the authorities. Keep it small: every server that uses it keeps a copy in memory.',
    }),
  })
  .meta({ description: 'A bundle of certificate authorities.' });
export type AuthoritySource = z.output<typeof AuthoritySource>;
