import { z } from 'zod';
import { ListenAddress, MachineAddress, Network, Port } from '../../../model/address.ts';
import { ClientLimits } from '../../../model/client-limits.ts';
import { distinct } from '../../../model/distinct.ts';
import { durationBetween } from '../../../model/duration.ts';
import { Hostname } from '../../../model/hostname.ts';
import { Name } from '../../../model/name.ts';
import { FilePath, Text, UrlPath, UrlTarget } from '../../../model/text.ts';
import { sources } from './sources.ts';

const endpoint = {
  address: ListenAddress.meta({ description: 'The virtual address that clients connect to.' }),
  certificate: Name.meta({
    description: 'The name of a certificate in `certificates` that covers the host name.',
  }),
  port: Port.prefault(443).meta({
    description: 'The port for TLS.',
    source: 'All 542 published production endpoints use 443.',
  }),
  redirectPort: Port.prefault(80).meta({
    description: 'The port that only redirects to https.',
    source: 'Agreed shape of the service: port 80 redirects and does nothing else.',
  }),
};

const Endpoint = z.strictObject({
  hostname: Hostname.meta({ description: 'The host name that clients use.' }),
  ...endpoint,
});

const TrustedEndpoint = z.strictObject({
  hostname: Hostname.optional().meta({
    description: 'The host name that clients use; by default that of `apis`.',
  }),
  ...endpoint,
  allow: distinct(Network)
    .min(1)
    .meta({ description: 'The networks of the trusted clients; all others get 403.' }),
});

const machines = (description: string) =>
  z
    .record(Name, MachineAddress)
    .prefault({})
    .meta({ description: `${description}: name and address of each machine.` });

const BackendTrust = z.strictObject({
  ca: FilePath.optional().meta({
    description: "A PEM file with the authorities that signed the API servers' certificates.",
  }),
  serverName: Hostname.optional().meta({
    description:
      "The name that the API servers' certificates cover, when it is not the public host name of the service.",
  }),
  verify: z.enum(['required', 'none']).prefault('required').meta({
    description: '`none` switches verification off. It needs `reason` and is a warning every time.',
    source: 'Without verification anyone on the path can pretend to be an API server.',
  }),
  reason: Text.optional().meta({ description: 'Why verification is off, for whoever audits this file.' }),
});

const Transaction = z
  .strictObject({
    clientId: Text.meta({ description: 'The name of a client that is registered for this purpose only.' }),
    secretFile: FilePath.meta({
      description: 'A file whose first line is the secret of the client. Keep it at mode 0600.',
    }),
    scope: Text.optional().meta({
      description: 'The scope that is asked for: as little as the read needs; by default none is named.',
    }),
    path: UrlTarget.meta({
      description:
        'What is read with the token, from the root of the host. Choose something that is about no patient, such as one Organization.',
    }),
  })
  .meta({
    description:
      'The top rung: a token with client credentials, and a read with it. It proves OAuth, the Cache and the record behind the API server. Without this block the rung is not asked.',
  });

const watched = (description: string) =>
  z
    .strictObject({
      port: Port.meta({ description: 'The port; the vendor does not publish it, so there is no default.' }),
      type: z.enum(['tcp', 'http', 'https']).prefault('tcp').meta({
        description:
          '`tcp` connects; `http` and `https` ask for `path` and expect 200, without verifying a certificate.',
        source: 'What these services answer is not published; that they listen is sure.',
      }),
      path: UrlPath.optional().meta({
        description: 'With `http` and `https`: what is asked for, by default /.',
      }),
    })
    .optional()
    .meta({ description });

const Watch = z.strictObject({
  cache: watched('The Cache service: of the Cache servers, or in a minimum deployment of each API server.'),
  platformService: watched('The Platform Service.'),
  fileLibrary: watched('The File Library.'),
  monitorService: watched('The Monitor Service.'),
});

export const Parameters = z
  .strictObject({
    blueprint: z.literal('meditech/restful-api').meta({ description: 'The name of this blueprint.' }),
    deployment: z.enum(['recommended', 'minimum']).meta({
      description:
        '`recommended`: the API servers run nothing but the API services, with Cache servers of their own behind them. `minimum`: each API server also runs the Cache service.',
    }),
    tls: z.enum(['bridging', 'offload']).prefault('bridging').meta({
      description:
        '`bridging`: new, verified TLS to the API servers. `offload`: plain HTTP to the API servers, for a network segment that is documented as trusted.',
      source:
        'Patient data must not cross the network in clear text unless the segment is documented as trusted (45 CFR 164.312(e)).',
    }),
    apis: Endpoint.meta({ description: 'The virtual service for the RESTful API: FHIR and OAuth.' }),
    apps: Endpoint.optional().meta({
      description: 'The virtual service for apps, on the same servers. Write either `apps` or `trusted`.',
    }),
    trusted: TrustedEndpoint.optional().meta({
      description:
        'The same API for an allow-list of source networks, on its own address or port, at a site without an apps host.',
    }),
    apiServers: z.record(Name, MachineAddress).meta({
      description:
        'The API servers (RESTful API and Interoperability Services): name and address of each machine. At least two.',
    }),
    cacheServers: machines('Cache servers of a recommended deployment, which only the API servers talk to'),
    platformService: machines('Machines with the Platform Service'),
    fileLibrary: machines('Machines with the File Library'),
    monitorService: machines('Machines with the Monitor Service'),
    watch: Watch.optional().meta({
      description:
        'Where the services behind the API servers listen, so that they are watched and told about. Write `watch: {}` when they are not to be watched.',
    }),
    whenCacheIsDown: z.enum(['leave', 'condition']).prefault('leave').meta({
      description:
        'Of a minimum deployment with `watch.cache`. `leave`: an API server whose own Cache service does not accept connections leaves service. `condition`: it stays, and the status tells. In a recommended deployment it is always a condition: every API server needs the same Cache servers.',
      source: 'Another API server has a Cache service of its own, so its clients are better served there.',
    }),
    serverPort: Port.optional().meta({
      description: 'The port of the API servers; by default 443 with bridging and 80 with offload.',
    }),
    backendTrust: BackendTrust.optional().meta({
      description: 'How the API servers prove who they are. Needed for bridging.',
    }),
    trustedSegment: Text.optional().meta({
      description: 'With offload: the name of the trusted network segment, for whoever audits this file.',
    }),
    fhirBase: UrlPath.prefault('/v1/uscore/R4').meta({
      description: 'The FHIR base path that the checks use.',
      source: '541 of 542 published production endpoints end in /v1/uscore/R4.',
    }),
    fhirVersion: Text.prefault('4.0.1').meta({
      description: 'The version of FHIR that the capability statement at `fhirBase` must name.',
      source: 'FHIR R4 is version 4.0.1 (hl7.org/fhir/R4).',
    }),
    checks: distinct(z.enum(['tcp', 'unauthenticated-read', 'capability', 'smart-configuration']))
      .min(1)
      .prefault(['unauthenticated-read', 'capability', 'smart-configuration'])
      .meta({
        description:
          'The ladder: what an API server must pass to be in service. HAProxy itself asks twice a second: `unauthenticated-read`, a read without token answers 401, about 70 bytes; else `tcp`, the port accepts connections, which proves little. The controller asks seldom: `capability`, the capability statement with the right FHIR version; `smart-configuration`, the SMART discovery file with a token endpoint. One more rung, `transaction`, is a parameter of its own.',
        source:
          'What is public answers without a token at every site that could be reached; the cheap rungs are asked often, the dear ones seldom.',
      }),
    checkInterval: durationBetween('250ms', '1h').prefault('500ms').meta({
      description:
        'How often HAProxy asks each API server, for each of the two services. A longer one costs less where many sites share machines, and a server that hangs is found later by as much.',
      source: sources.checkRhythm,
    }),
    transaction: Transaction.optional(),
    persistence: z.enum(['none', 'sourceAddress']).prefault('none').meta({
      description:
        '`sourceAddress` keeps a client on one server, for a minimum deployment whose Cache services turn out not to be shared.',
      source: 'The vendor calls the API servers stateless.',
    }),
    maxConnections: z.int().min(1).max(1_000_000).prefault(40_000).meta({
      description:
        'The most client connections of each of the two services at a time; further clients wait. Each needs two open files.',
      source: 'As many as the appliance that hospitals use today allows for one virtual service.',
    }),
    maxConnectionsPerSource: z.int().min(1).max(1_000_000).optional().meta({
      description:
        'The most connections of one source address to each of the two services at a time; further ones are closed. By default a quarter of `maxConnections`.',
    }),
    serverRequests: z.int().min(1).max(1_000_000).prefault(1_000).meta({
      description: 'The most requests that each API server works on at a time for each of the two services.',
      source:
        'Our choice: MEDITECH publishes no such number, and this one is far above ordinary traffic. Lower it to what a test of your servers shows.',
    }),
    serverQueue: z.int().min(1).max(1_000_000).prefault(1_000).meta({
      description:
        'How many requests may wait for each API server in service, at most 30 s; further ones get 503 at once.',
      source:
        'Our choice: as many as the server works on, so that a wait of the whole queue is one answer long.',
    }),
    limits: ClientLimits.optional(),
  })
  .meta({
    formerKeys: {
      check:
        'it is a list now, of all that a server must pass: `checks: [unauthenticated-read, capability, smart-configuration]`, or leave it out for just these',
    },
  });
export type Parameters = z.output<typeof Parameters>;
