import { setTimeout as pause } from 'node:timers/promises';
import { requestsServed } from './estate.ts';
import { type H2loadOptions, h2load, handshakes, type Sent, type Target } from './loads.ts';
import { sendMixed } from './mixed.ts';
import type { Door } from './place.ts';

/** What a sample is taken with. */
export interface Instruments {
  /** Processor time of the balancer's processes so far, in microseconds. */
  readonly used: () => Promise<number>;
  readonly target: Target;
  /** About how long a sample may take. */
  readonly seconds: number;
  readonly handshakes: string;
  readonly mixed: { readonly script: string; readonly hosts: string };
  readonly estate: string;
  /** Requests a second that were seen here before. */
  readonly rate: number | undefined;
}

export interface Sample {
  /** Processor time of the balancer for a request, in microseconds. */
  readonly cost: number;
  /** Requests a second. */
  readonly rate: number;
  /** How busy the balancer's core was with it: 1 is all the time. */
  readonly busy: number;
}

export interface Workload {
  readonly name: string;
  readonly door: Door;
  readonly needs?: 'http2' | 'writes';
  readonly sample: (instruments: Instruments) => Promise<Sample>;
  /** So many requests of it, and nothing else, for who counts system calls. Absent: that is not counted. */
  readonly send?: (
    instruments: Pick<Instruments, 'target' | 'handshakes'>,
    count: number,
  ) => Promise<unknown>;
}

export const paths = {
  small: '/v1/uscore/R4/Patient/4f7a2b1c-90de-4c35-8a6b-1e2d3c4b5a69',
  large: '/v1/uscore/R4/Patient?_count=20',
};

/** Before there is a rate, requests a second that even the slowest reaches. */
const slowest = { kept: 2_000, connections: 150 };

export const workloads: readonly Workload[] = [
  kept('kept, 2 KB', 'offload', { version: 'http1', clients: 32, path: paths.small }),
  kept('kept, 50 KB', 'offload', { version: 'http1', clients: 32, path: paths.large }),
  connections('new, RSA-2048', 'rsa', 'new'),
  connections('new, ECDSA P-256', 'offload', 'new'),
  connections('resumed', 'offload', 'resumed'),
  kept('HTTP/2, 2 KB', 'offload', { version: 'http2', clients: 8, streams: 4, path: paths.small }, 'http2'),
  kept('bridging, kept, 2 KB', 'bridging', { version: 'http1', clients: 32, path: paths.small }),
  kept('bridging, kept, 50 KB', 'bridging', { version: 'http1', clients: 32, path: paths.large }),
  connections('bridging, new', 'bridging', 'new'),
  mixed('mixed FHIR', 'offload'),
];

/**
 * Two loads, a short one and a long one; what the long one has more is the sample. So the handshakes of the clients do not
 * count, which are a tenth of half a second of requests.
 */
function kept(name: string, door: Door, options: H2loadOptions, needs?: 'http2'): Workload {
  return {
    ...{ name, door },
    ...(needs === undefined ? {} : { needs }),
    sample: async ({ used, target, seconds, rate = slowest.kept }) => {
      const short = options.clients * (options.streams ?? 1) * 4;
      const long = short + Math.round(rate * seconds);
      const first = await timed(used, () => h2load(target, short, options));
      const second = await timed(used, () => h2load(target, long, options));
      return {
        cost: (second.cpu - first.cpu) / (long - short),
        rate: long / second.seconds,
        busy: second.cpu / second.seconds / 1e6,
      };
    },
    // Under the eyes of strace a balancer is so slow that with many at once its health checks are answered too late.
    send: ({ target }, count) => h2load(target, count, { ...options, clients: 4 }),
  };
}

function connections(name: string, door: Door, kind: 'new' | 'resumed'): Workload {
  // Enough to keep a core busy, few enough not to wait in line at the client.
  const options = { kind, atOnce: 8, path: paths.small };
  return {
    ...{ name, door },
    sample: async ({ used, target, seconds, handshakes: program, rate = slowest.connections }) => {
      const count = Math.max(options.atOnce, Math.round(rate * seconds));
      const done = await timed(used, () => handshakes(program, target, count, options));
      return {
        cost: done.cpu / done.requests,
        rate: done.requests / done.seconds,
        busy: done.cpu / done.seconds / 1e6,
      };
    },
    send: ({ target, handshakes: program }, count) => handshakes(program, target, count, options),
  };
}

/** The servers count, because the load does not say what it sent until then. Its first moments are not counted. */
function mixed(name: string, door: Door): Workload {
  return {
    ...{ name, door, needs: 'writes' },
    sample: async ({ used, target, mixed: files, estate }) => {
      const sending = sendMixed(target, files, 1, 32);
      const look = async () => [performance.now(), await requestsServed(estate), await used()] as const;
      await pause(250);
      const [from, served, cpu] = await look();
      await pause(600);
      const [to, servedThen, cpuThen] = await look();
      await sending;
      const count = servedThen - served;
      return {
        cost: (cpuThen - cpu) / count,
        rate: (1_000 * count) / (to - from),
        busy: (cpuThen - cpu) / (to - from) / 1_000,
      };
    },
  };
}

async function timed(
  used: () => Promise<number>,
  send: () => Promise<Sent>,
): Promise<Sent & { readonly cpu: number }> {
  const before = await used();
  const sent = await send();
  return { ...sent, cpu: (await used()) - before };
}
