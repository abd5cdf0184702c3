import { z } from 'zod';
import { DeepCheck } from './deep-check.ts';
import { durationBetween, durationOrNever } from './duration.ts';
import { HealthCheck, PassiveCheck } from './health-check.ts';
import { Name } from './name.ts';
import { OutlierDetection } from './outlier-detection.ts';
import { Persistence } from './persistence.ts';
import { RealServer } from './real-server.ts';
import { Retry } from './retry.ts';
import { ServerTls } from './server-tls.ts';
import { Text } from './text.ts';

/** How idle connections to the servers are kept for the next request. */
export const ConnectionReuse = z
  .strictObject({
    keepAtLeast: z.int().min(0).max(10_000).prefault(64).meta({
      description: 'Idle connections per server that are kept rather than closed.',
      source: 'Measured: 0.77 times the CPU per request in bridging.',
    }),
    idle: durationBetween('1s', '1h').prefault('60s').meta({
      description:
        'After how long without requests the last of the idle connections is closed; half of them are after a fifth of it. Keep it below the idle time-out of the servers.',
      source:
        'Measured: 19 to 41 of 1,200 POSTs met a server that had just closed the connection, none with a shorter time than that of the server; common servers close after 75 s or 120 s.',
    }),
  })
  .meta({ description: 'How idle connections to the servers are kept.' });

/** How much a pool takes on at a time. What it cannot take is refused at once: it was never sent. */
export const ServerLimit = z
  .strictObject({
    requests: z.int().min(1).max(1_000_000).meta({
      description:
        'The most requests that a server works on at a time; `maxConnections` of a server goes before it.',
    }),
    queue: z.int().min(1).max(1_000_000).prefault(100).meta({
      description:
        'How many requests may wait for each server in service, at most for `timeouts.queue`; further ones get 503 at once. Half of it is kept for sources with less than their fair share of the requests under way; while any wait, a source with more gets 429.',
    }),
  })
  .meta({ description: 'How many requests the servers are given at a time; absent: as many as come.' });
export type ServerLimit = z.output<typeof ServerLimit>;

/** The servers behind a virtual service (HAProxy: backend). */
export const Pool = z
  .strictObject({
    servers: z.record(Name, RealServer).meta({ description: 'The servers, by name.' }),
    balance: z.enum(['leastconn', 'roundrobin']).prefault('leastconn').meta({
      description:
        '`leastconn` prefers the server with the fewest open requests, `roundrobin` takes turns; both by weight.',
      source: 'Measured: both cost the same; least connections adapts to a slow server.',
    }),
    persistence: Persistence.prefault({ type: 'none' }),
    healthCheck: HealthCheck.prefault({ type: 'tcp' }),
    deepChecks: z.record(Name, DeepCheck).optional().meta({
      description:
        'Checks that look into the answer, by name. They are made by the controller, seldom: a server that fails one is held down although it passes its health check. Without the controller the health check alone decides.',
    }),
    passiveCheck: PassiveCheck.optional(),
    outlierDetection: OutlierDetection.optional(),
    tls: ServerTls.optional(),
    trustedSegment: Text.optional().meta({
      description:
        'Without `tls`: the name of the network segment that is documented as trusted, for whoever audits this file. Replaces the warning about plain traffic.',
    }),
    serverLimit: ServerLimit.optional(),
    retry: Retry.prefault({}),
    whenAllFail: z.enum(['serve', 'refuse']).prefault('serve').meta({
      description:
        'When every server of the pool fails its check in the same way at the same moment: `serve` takes the check for wrong, keeps the servers in service and says so loudly; `refuse` believes it, and clients get the sorry answer.',
      source: 'A check that is wrong must not end a service that works.',
    }),
    endSessionsAfter: durationOrNever('100ms', '1h').prefault('1500ms').meta({
      description:
        'How long after a server went down because it does not answer its requests and connections are ended, WebSockets included, so that clients need not wait for the server time-out. `never` leaves them alone. Longer than the connect time-out, so that connections that are being made are tried elsewhere first.',
      source: 'Measured: 1.5 s; failed POSTs of a hung server end after 3 s instead of the server time-out.',
    }),
    connectionReuse: ConnectionReuse.prefault({}),
  })
  .meta({ description: 'The servers behind a virtual service and how they are used.' });
export type Pool = z.output<typeof Pool>;
