import { z } from 'zod';
import { ListenAddress, Port } from './address.ts';
import { distinct } from './distinct.ts';
import { Name } from './name.ts';
import { TlsPolicy } from './tls-policy.ts';

const where = { address: ListenAddress, port: Port };

export const HttpsListener = z.strictObject({
  protocol: z.literal('https'),
  ...where,
  certificates: distinct(Name).min(1).meta({
    description:
      'Names of certificates. A client gets the first that covers the name it asks for, else the first of all.',
  }),
  alpn: distinct(z.enum(['h2', 'http/1.1']))
    .min(1)
    .prefault(['h2', 'http/1.1'])
    .meta({
      description: 'HTTP versions offered to clients, most wanted first.',
      source: 'Measured: an HTTP/2 request costs the balancer the same CPU time as an HTTP/1.1 request.',
    }),
  tls: TlsPolicy.prefault({}),
});

export const HttpListener = z.strictObject({ protocol: z.literal('http'), ...where });

export const RedirectListener = z.strictObject({ protocol: z.literal('redirect'), ...where });

/** An address and port where clients reach a virtual service. */
export const Listener = z
  .discriminatedUnion('protocol', [HttpsListener, HttpListener, RedirectListener])
  .meta({
    description:
      'Where clients reach the service: `https` ends TLS here, `http` is plain, `redirect` sends clients to the https listener of the same service (301 for GET and HEAD, 308 otherwise).',
  });
export type Listener = z.output<typeof Listener>;
export type HttpsListener = z.output<typeof HttpsListener>;
