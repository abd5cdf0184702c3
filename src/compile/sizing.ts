import { checkCost } from '../ir/check-cost.ts';
import { descriptorsNeeded } from '../ir/descriptors.ts';
import type { HaproxyIr } from '../ir/haproxy.ts';
import {
  type MemoryBudget,
  memoryBudget,
  memoryFigures,
  serviceSizes,
  tlsSessionEntries,
} from '../ir/memory-budget.ts';
import type { KeyFacts } from '../model/certificate-material.ts';
import type { Configuration } from '../model/configuration.ts';
import type { MachineSize } from '../model/machine-size.ts';
import { prices } from '../model/price.ts';
import { keyCost } from '../pki/key-cost.ts';

const mebibyte = 1_048_576;

/** HAProxy has one group of threads unless it is told otherwise, and a group has so many at most. */
const mostThreads = 64;

/** What a request costs more when several threads share the work; with two, on two cores. */
const forThreads = 1.1;

/**
 * What HAProxy gets of a machine for a configuration, and what it bears. Numbers of a second are those of a machine that
 * does nothing else and is wholly busy.
 */
export interface Sizing {
  readonly machine: MachineSize;
  readonly threads: number;
  readonly maxConnections: number;
  readonly descriptors: number;
  /** In bytes, of HAProxy: an upper bound, when every connection is open and busy. */
  readonly memory: {
    readonly connections: number;
    readonly buffers: number;
    readonly tlsSessions: number;
    readonly process: number;
    /** Debian and what runs beside HAProxy. */
    readonly others: number;
    readonly needed: number;
    /** How many times what connections and buffers need there is room for; absent: there are none. */
    readonly room?: number;
  };
  readonly tlsSessions: number;
  /** Of a core, for health checks. */
  readonly healthChecks: number;
  /** The dearest key of a certificate; absent: no listener has TLS. */
  readonly key?: KeyFacts;
  readonly newPerSecond?: number;
  readonly resumedPerSecond?: number;
  readonly tlsToServers: boolean;
  readonly requestsPerSecond: number;
}

/** @param ir what the configuration is compiled to */
export function sizing(configuration: Configuration, ir: HaproxyIr, machine: MachineSize): Sizing {
  const budget = memoryBudget(serviceSizes(ir));
  const threads = Math.min(machine.cores, mostThreads);
  const healthChecks = configuration.virtualServices.reduce(
    (sum, { pool }) => sum + checkCost(pool.servers.length, pool.healthCheck).cores,
    0,
  );
  const perSecond = (microseconds: number) =>
    Math.max(0, ((threads - healthChecks) * 1_000_000) / microseconds);
  const tlsToServers = configuration.virtualServices.some(({ pool }) => pool.tls !== undefined);
  const request = tlsToServers ? prices.bridgedRequest.value : prices.smallRequest.value;
  const key = dearestKey(configuration);
  return {
    machine,
    threads,
    maxConnections: ir.global.maxConnections,
    descriptors: descriptorsNeeded({
      connections: ir.global.maxConnections,
      listeners: ir.frontends.reduce((sum, { binds }) => sum + binds.length, 0),
      servers: ir.backends.reduce((sum, { servers }) => sum + servers.length, 0),
    }),
    memory: memoryOf(budget, machine),
    tlsSessions: tlsSessionEntries,
    healthChecks,
    ...(key === undefined
      ? {}
      : {
          key,
          newPerSecond: perSecond(handshakeCost(key)),
          resumedPerSecond: perSecond(prices.resumedHandshake.value),
        }),
    tlsToServers,
    requestsPerSecond: perSecond(threads === 1 ? request : request * forThreads),
  };
}

function memoryOf({ process, services, bytes }: MemoryBudget, { memory }: MachineSize): Sizing['memory'] {
  const lines = services.flatMap((service) => service.lines);
  const sum = (parts: readonly { readonly bytes: number }[]) =>
    parts.reduce((total, part) => total + part.bytes, 0);
  const buffers = sum(lines.filter(({ what }) => what === 'buffers'));
  const tlsSessions = sum(process.filter(({ what }) => what === 'tlsSession'));
  const own = sum(process) - tlsSessions;
  // What HAProxy takes with nothing to do is in the price of the others, too.
  const others = prices.ownMemory.value * mebibyte - memoryFigures.base.bytes;
  const busy = sum(lines);
  return {
    connections: busy - buffers,
    buffers,
    tlsSessions,
    process: own,
    others,
    needed: bytes + others,
    ...(busy === 0 ? {} : { room: Math.max(0, memory - (bytes - busy) - others) / busy }),
  };
}

/** Processor time of a new connection with a certificate of such a key, in microseconds; of a range the middle. */
function handshakeCost(key: KeyFacts): number {
  if (key.kind === 'ec' && key.curve === 'P-256') return prices.handshake.value;
  const { least = 1, most = 1 } = keyCost(key) ?? {};
  return (prices.rsaHandshake.value * (least + most)) / 2;
}

function dearestKey({ certificates }: Configuration): KeyFacts | undefined {
  let dearest: KeyFacts | undefined;
  for (const { material } of certificates) {
    const { key } = material.facts;
    if (dearest === undefined || handshakeCost(key) > handshakeCost(dearest)) dearest = key;
  }
  return dearest;
}
