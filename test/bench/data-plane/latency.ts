import { join } from 'node:path';
import type { Balancer } from './balancer.ts';
import { h2load, latencies } from './loads.ts';
import { ports } from './place.ts';
import { quantile, shuffled, spreadOf } from './statistics.ts';
import { paths } from './workloads.ts';

/** Requests a second of all clients together: few enough for every balancer, so that none has a queue of its own. */
export const fixedRate = 2_000;
const clients = 32;

/** Milliseconds from a request to the end of its answer, as a client sees it. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** The middle one of some runs at the same rate, for each subject. */
export async function measureLatency(
  balancers: readonly Balancer[],
  { room, rounds, seconds }: { readonly room: string; readonly rounds: number; readonly seconds: number },
): Promise<Map<string, Latency>> {
  const found = new Map<string, Latency[]>(balancers.map(({ subject }) => [subject.name, []]));
  const log = join(room, 'requests');
  for (let round = 0; round < rounds; round += 1) {
    for (const { subject, address, cutLogs } of shuffled(balancers)) {
      const options = {
        version: 'http1',
        clients,
        path: paths.small,
        rate: fixedRate / clients,
        log,
      } as const;
      await h2load({ address, port: ports.offload }, fixedRate * seconds, options);
      // In the first tenth connections are opened, and all at once.
      const times = await latencies(log, 0.1);
      const at = (share: number) => quantile(times, share);
      found.get(subject.name)?.push({ p50: at(0.5), p99: at(0.99), p999: at(0.999) });
      await cutLogs();
    }
  }
  const middle = (all: readonly Latency[], which: keyof Latency) =>
    spreadOf(all.map((one) => one[which])).median;
  return new Map(
    [...found].map(([name, all]) => [
      name,
      { p50: middle(all, 'p50'), p99: middle(all, 'p99'), p999: middle(all, 'p999') },
    ]),
  );
}
