import { z } from 'zod';
import { Port } from './address.ts';
import { distinct } from './distinct.ts';
import { durationBetween } from './duration.ts';
import { Hostname } from './hostname.ts';
import { Name } from './name.ts';
import { UrlPath } from './text.ts';

const common = {
  port: Port.meta({ description: 'The port that is watched.' }),
  role: Name.optional().meta({
    description: 'Which of the roles of the machine answers there; by default all of them.',
  }),
  interval: durationBetween('100ms', '1h').prefault('2s').meta({
    description: 'The time between two checks.',
    source: "HAProxy's own default; nobody is taken out of service by it, so it need not be faster.",
  }),
  timeout: durationBetween('10ms', '10m').prefault('1s').meta({
    description: 'How long connecting, and then answering, may take before a check has failed.',
    source: 'As long as a connection to a server may take.',
  }),
  fall: z.int().min(1).max(100).prefault(3).meta({
    description: 'Failed checks in a row after which it counts as down.',
    source: 'One more than for servers: nothing is done about it but to tell people.',
  }),
  rise: z.int().min(1).max(100).prefault(2).meta({
    description: 'Passed checks in a row after which it counts as up again.',
    source: "HAProxy's own default.",
  }),
};

const request = {
  path: UrlPath.prefault('/').meta({ description: 'The path that is asked for, with GET.' }),
  host: Hostname.optional().meta({
    description: 'The Host header; by default none is sent, as HTTP/1.0 allows.',
  }),
  expectStatus: distinct(z.int().min(100).max(599)).min(1).prefault([200]).meta({
    description: 'The status codes that count as healthy.',
  }),
};

const TcpWatch = z.strictObject({ type: z.literal('tcp'), ...common });
const HttpWatch = z.strictObject({ type: z.literal('http'), ...common, ...request });
const HttpsWatch = z.strictObject({ type: z.literal('https'), ...common, ...request });

/** How HAProxy looks after a port that gets no traffic from it. */
export const Watch = z.discriminatedUnion('type', [TcpWatch, HttpWatch, HttpsWatch]).meta({
  description:
    'A port that is watched, and told about, and gets no traffic: `tcp` connects; `http` and `https` send a request and compare the status. `https` does not verify the certificate, because nothing but that request is sent.',
});
export type Watch = z.output<typeof Watch>;
