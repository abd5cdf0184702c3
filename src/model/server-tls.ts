import { z } from 'zod';
import { Hostname } from './hostname.ts';
import { Name } from './name.ts';
import { Text } from './text.ts';

const Verified = z.strictObject({
  verify: z.literal('required'),
  authority: Name.meta({
    description: "The name of the bundle in `authorities` that must have signed the servers' certificates.",
  }),
  serverName: Hostname.meta({
    description:
      "The name that the servers' certificates must cover. It is also asked for in the handshake (SNI).",
  }),
});

const Unverified = z.strictObject({
  verify: z.literal('none'),
  reason: Text.min(10).meta({
    description:
      'Why the certificates are not verified, for whoever audits this file. Shown as a warning every time.',
  }),
  serverName: Hostname.optional().meta({ description: 'The name asked for in the handshake (SNI).' }),
});

/** TLS from the balancer to the servers. */
export const ServerTls = z.discriminatedUnion('verify', [Verified, Unverified]).meta({
  description: 'TLS to the servers (bridging). Without this block the traffic to the servers is plain.',
});
export type ServerTls = z.output<typeof ServerTls>;
