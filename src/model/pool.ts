import { z } from 'zod';
import { durationBetween } from './duration.ts';
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
    passiveCheck: PassiveCheck.optional(),
    outlierDetection: OutlierDetection.optional(),
    tls: ServerTls.optional(),
    trustedSegment: Text.optional().meta({
      description:
        'Without `tls`: the name of the network segment that is documented as trusted, for whoever audits this file. Replaces the warning about plain traffic.',
    }),
    retry: Retry.prefault({}),
    connectionReuse: ConnectionReuse.prefault({}),
  })
  .meta({ description: 'The servers behind a virtual service and how they are used.' });
export type Pool = z.output<typeof Pool>;
