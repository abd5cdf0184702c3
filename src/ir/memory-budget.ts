import type { HaproxyIr } from './haproxy.ts';
import { limitEntries } from './limit-names.ts';

const kibibyte = 1_024;
/** HAProxy's default for `tune.bufsize`, which is not changed. */
const buffer = 16 * kibibyte;

/**
 * What one of each thing takes of HAProxy's memory, in bytes. The greater one of HAProxy 2.6 with OpenSSL 3.0 and 3.0
 * with OpenSSL 3.5; the kernel's socket buffers are not in it, as they are not in what a process is said to take.
 */
export const memoryFigures = {
  base: {
    bytes: 20 * 1_048_576,
    source: 'measured: 14.6 MiB (2.6) and 19.1 MiB (3.0) with nothing to do',
  },
  tlsSession: {
    bytes: 256,
    source: 'measured: 100,000 entries of `tune.ssl.cachesize` take 23.8 MiB from the start',
  },
  descriptor: {
    bytes: 64,
    source: 'measured (2.6): 22 MiB for 368,000, in a table that is there from the start',
  },
  connection: {
    bytes: 8 * kibibyte,
    source: 'measured: connection, session, stream and what HTTP/2 adds, 5 to 8 KiB',
  },
  buffers: {
    bytes: 3 * buffer,
    source:
      'measured: 3 buffers of 16 KiB for a request whose client does not read; with HTTP/2 two requests for each connection',
  },
  tlsToClient: {
    bytes: 32 * kibibyte,
    source: 'measured idle, with its connection: 18 to 23 KiB (2.6), 27 to 32 KiB (3.0)',
  },
  tlsToServer: {
    bytes: 32 * kibibyte,
    source: 'taken to be that of a client connection; with HTTP/2 two for each connection',
  },
  hop: {
    bytes: 2 * 8 * kibibyte + 2 * buffer,
    source: 'taken to be that of a plain connection with its request: a write goes to HAProxy once more',
  },
  stickEntry: {
    bytes: 256,
    source: 'measured: 192 bytes (2.6) for an address with its counters',
  },
} as const;

type Figure = keyof typeof memoryFigures;

/** One line of the arithmetic. */
export interface MemoryLine {
  readonly what: Figure;
  readonly count: number;
  readonly each: number;
  readonly bytes: number;
  readonly source: string;
}

export interface MemoryBudget {
  /** Of the process, whatever is served. */
  readonly process: readonly MemoryLine[];
  readonly services: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly lines: readonly MemoryLine[];
  }[];
  readonly bytes: number;
  /** Of the whole while all connections are open and nobody asks for anything: most of the time, most of them. */
  readonly idle: number;
}

/** What of a service costs memory. */
export interface ServiceSize {
  readonly name: string;
  /** `maxconn` of the frontend. */
  readonly connections: number;
  readonly tlsToClients: boolean;
  readonly tlsToServers: boolean;
  /** Writes that may be on the inner hop at a time. */
  readonly hops: number;
  /** Entries of its tables. */
  readonly stickEntries: number;
}

/** `tune.ssl.cachesize`. */
export const tlsSessionEntries = 100_000;

/**
 * An upper bound of what HAProxy takes with requests at servers: every connection it admits, full buffers, and twice as
 * many requests, because with HTTP/2 one connection has many, each needs a descriptor for its server, and HAProxy has two
 * descriptors for a connection. Not in it: answers of our own that HTTP/2 clients ask for and do not read.
 */
export function memoryBudget(services: readonly ServiceSize[]): MemoryBudget {
  const process = [line('base', 1), line('tlsSession', tlsSessionEntries)];
  const parts = services.map(({ name, connections, hops, tlsToClients, tlsToServers, stickEntries }) => {
    const lines = [
      line('descriptor', 2 * (connections + hops)),
      line('connection', connections),
      line('buffers', 2 * connections),
      line('tlsToClient', tlsToClients ? connections : 0),
      line('tlsToServer', tlsToServers ? 2 * connections : 0),
      line('hop', hops),
      line('stickEntry', stickEntries),
    ].filter(({ count }) => count > 0);
    return { name, bytes: sum(lines), lines };
  });
  const idle = services.map(({ connections, hops, tlsToClients, stickEntries }) =>
    sum([
      line('descriptor', 2 * (connections + hops)),
      // What TLS takes was measured with its connection.
      line(tlsToClients ? 'tlsToClient' : 'connection', connections),
      line('stickEntry', stickEntries),
    ]),
  );
  return {
    process,
    services: parts,
    bytes: sum(process) + sum(parts),
    idle: idle.reduce((total, bytes) => total + bytes, sum(process)),
  };
}

/** Each frontend is a service of its own here: a redirect has connections, too. */
export function serviceSizes({ frontends, backends }: HaproxyIr): ServiceSize[] {
  return frontends.map((frontend) => {
    const { name, maxConnections, binds, behaviour } = frontend;
    const backend =
      behaviour.kind === 'serve' ? backends.find((one) => one.name === behaviour.backend) : undefined;
    const persistent = backend?.persistence.kind === 'source-address' ? backend.persistence.entries : 0;
    const writes = behaviour.kind === 'serve' && behaviour.unansweredWrites === 'report';
    return {
      name,
      connections: maxConnections,
      hops: writes ? maxConnections : 0,
      tlsToClients: binds.some(({ tls }) => tls !== undefined),
      tlsToServers: backend?.tls !== undefined,
      stickEntries: persistent + limitTables(behaviour) * limitEntries(maxConnections),
    };
  });
}

/** The tables of sources and clients of one frontend. */
function limitTables(behaviour: HaproxyIr['frontends'][number]['behaviour']): number {
  if (behaviour.kind !== 'serve') return 1;
  const { queue, perSource, perClient } = behaviour.limits;
  const inFlight = queue !== undefined || perSource?.concurrent !== undefined;
  return 1 + Number(inFlight) + Number(perClient !== undefined);
}

function line(what: Figure, count: number): MemoryLine {
  const { bytes: each, source } = memoryFigures[what];
  return { what, count, each, bytes: count * each, source };
}

function sum(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}
