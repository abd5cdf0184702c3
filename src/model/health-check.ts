import { z } from 'zod';
import { Port } from './address.ts';
import { distinct } from './distinct.ts';
import { durationBetween } from './duration.ts';
import { Hostname } from './hostname.ts';
import { Name } from './name.ts';
import { UrlPath } from './text.ts';

const rhythm = {
  port: Port.optional().meta({ description: 'The port to check, when it is not the port of the server.' }),
  alsoPort: z
    .strictObject({
      port: Port.meta({ description: 'The further port.' }),
      role: Name.optional().meta({ description: 'What listens there, for whoever reads the status.' }),
    })
    .optional()
    .meta({
      description:
        'A further port of the same machine that must accept a plain connection, after the rest of the check: for a server that cannot work without what listens there. HAProxy can append no more than one to a check with a request.',
    }),
  interval: durationBetween('100ms', '1h').prefault('2s').meta({
    description: 'The time between two checks of a healthy server.',
    source: "HAProxy's own default.",
  }),
  fastInterval: durationBetween('100ms', '1h').prefault('500ms').meta({
    description: 'The time between two checks while the state is about to change.',
    source: 'Measured: 500 ms finds a dead server before clients collect errors, at a small price.',
  }),
  downInterval: durationBetween('100ms', '1h').prefault('1s').meta({
    description: 'The time between two checks of a server that is down.',
    source: 'Measured together with `rise`: 10 checks, 1 s apart, keep a flapping server out.',
  }),
  timeout: durationBetween('10ms', '10m').prefault('2s').meta({
    description: 'How long a check may take before it has failed.',
  }),
  fall: z.int().min(1).max(100).prefault(2).meta({
    description: 'Failed checks in a row that take a server out.',
    source: 'Measured: 2 with a fast interval of 500 ms.',
  }),
  rise: z.int().min(1).max(100).prefault(10).meta({
    description: 'Passed checks in a row that bring a server back.',
    source:
      'Measured: 10 cut failed POSTs from 92 to 6 of 1,000 when a server answers checks but fails requests.',
  }),
};

const request = {
  method: z
    .enum(['GET', 'HEAD', 'OPTIONS'])
    .prefault('GET')
    .meta({ description: 'The method of the check.' }),
  path: UrlPath.prefault('/').meta({ description: 'The path of the check.' }),
  host: Hostname.optional().meta({
    description: 'The Host header of the check; by default the first host name of the service.',
  }),
  expectStatus: distinct(z.int().min(100).max(599)).min(1).prefault([200]).meta({
    description: 'The status codes that count as healthy.',
  }),
};

const HttpCheck = z.strictObject({ type: z.literal('http'), ...rhythm, ...request });
const HttpsCheck = z.strictObject({
  type: z.literal('https'),
  ...rhythm,
  ...request,
  sni: Hostname.optional().meta({
    description:
      'The name asked for in the TLS handshake of the check; by default the server name of the pool.',
  }),
});
const TcpCheck = z.strictObject({ type: z.literal('tcp'), ...rhythm });

/** How HAProxy finds out by asking whether a server can serve. */
export const HealthCheck = z.discriminatedUnion('type', [HttpCheck, HttpsCheck, TcpCheck]).meta({
  description:
    'How a server is checked: `tcp` connects; `http` and `https` send a request and compare the status. `https` verifies the certificate like the traffic does.',
});
export type HealthCheck = z.output<typeof HealthCheck>;

/** What real traffic says about a server, between two checks. */
export const PassiveCheck = z
  .strictObject({
    errorLimit: z.int().min(1).max(1000).prefault(3).meta({
      description:
        'Errors in a row (connection errors, 5xx answers except 501 and 505; never 4xx) that take a server out.',
      source: 'Measured: 3, together with a rise of 10.',
    }),
  })
  .meta({
    description:
      'Takes a server out on errors in real traffic, faster than the next check; checks bring it back.',
  });
export type PassiveCheck = z.output<typeof PassiveCheck>;
