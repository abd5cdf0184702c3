import { z } from 'zod';
import { AccessList } from './access-list.ts';
import { AccessLog } from './access-log.ts';
import { ClientLimits } from './client-limits.ts';
import { Dependency } from './dependency.ts';
import { distinct } from './distinct.ts';
import { durationBetween } from './duration.ts';
import { ErrorAnswers } from './error-answers.ts';
import { Hostname } from './hostname.ts';
import { Listener } from './listener.ts';
import { Name } from './name.ts';
import { Pool } from './pool.ts';
import { Text } from './text.ts';
import { Timeouts } from './timeouts.ts';

/** Strict transport security: tells browsers to use https only from now on. */
export const Hsts = z
  .strictObject({
    maxAge: durationBetween('1s', '3650d').prefault('365d').meta({
      description: 'How long a browser remembers. Added only when the server did not send the header itself.',
      source: 'The servers send max-age=31536000 themselves.',
    }),
  })
  .meta({ description: 'Strict-Transport-Security on answers over https.' });

/** What clients reach under one or more host names: listeners, policy and a pool. */
export const VirtualService = z
  .strictObject({
    description: Text.optional().meta({ description: 'Shown to people; changes nothing.' }),
    hostnames: distinct(Hostname).prefault([]).meta({
      description:
        'The host names that clients use. The certificates of the https listeners must cover them.',
    }),
    listeners: z.array(Listener).min(1).meta({ description: 'Where clients reach the service.' }),
    accessList: AccessList.optional(),
    pool: Pool,
    dependsOn: z.record(Name, Dependency).optional().meta({
      description:
        'What the servers need besides themselves, by role. Its loss is told; it never takes a server out.',
    }),
    timeouts: Timeouts.prefault({}),
    hsts: Hsts.optional(),
    errorAnswers: ErrorAnswers.prefault({}),
    accessLog: AccessLog.prefault({}),
    maxConnections: z.int().min(1).max(1_000_000).prefault(10_000).meta({
      description: 'The most client connections of this service at a time; further clients wait.',
    }),
    maxConnectionsPerSource: z.int().min(1).max(1_000_000).optional().meta({
      description:
        'The most connections of one source address at a time; further ones are closed. By default a quarter of `maxConnections`, at least 100.',
      source: 'One host that opens connections and sends nothing must not shut out all others.',
    }),
    limits: ClientLimits.optional(),
  })
  .meta({ description: 'What clients reach: listeners, policy and a pool of servers.' });
export type VirtualService = z.output<typeof VirtualService>;
