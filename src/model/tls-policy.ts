import { z } from 'zod';

/** What a listener accepts from clients. Suites and curves are fixed by the engine (NIST SP 800-52 revision 2). */
export const TlsPolicy = z
  .strictObject({
    minimumVersion: z.enum(['TLSv1.2', 'TLSv1.3']).prefault('TLSv1.2').meta({
      description: 'The oldest TLS version a client may use.',
      source: 'NIST SP 800-52r2; ONC (g)(10) testing requires 1.2 or higher and refuses 1.1.',
    }),
  })
  .meta({ description: 'What a TLS listener accepts from clients.' });
export type TlsPolicy = z.output<typeof TlsPolicy>;
