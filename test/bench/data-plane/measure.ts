import type { Balancer } from './balancer.ts';
import { ports } from './place.ts';
import { shuffled } from './statistics.ts';
import type { Instruments, Sample, Workload } from './workloads.ts';

/** Samples of one round, by subject. */
export type Round = ReadonlyMap<string, Sample>;

export interface MeasureOptions extends Pick<Instruments, 'seconds' | 'handshakes' | 'mixed' | 'estate'> {
  /** When no further round is begun, on the clock of `performance`. */
  readonly until: number;
  readonly rounds: number;
  readonly tell: (text: string) => void;
}

/**
 * Takes a sample of every balancer under every workload, in rounds, each round in another order, so that whatever else
 * the machine does meets all of them alike.
 */
export async function measure(
  balancers: readonly Balancer[],
  workloads: readonly Workload[],
  options: MeasureOptions,
): Promise<Map<string, Round[]>> {
  const found = new Map<string, Round[]>(workloads.map(({ name }) => [name, []]));
  const rates = new Map<string, number>();
  // The first one warms up and finds out how much load makes a sample; it is thrown away.
  for (let number = 0; number <= options.rounds; number += 1) {
    const began = performance.now();
    for (const workload of workloads) {
      if (number > 1 && performance.now() > options.until) return found;
      const round = new Map<string, Sample>();
      for (const balancer of shuffled(balancers.filter((one) => canServe(one, workload)))) {
        const key = `${workload.name} ${balancer.subject.name}`;
        const sample = await workload.sample({
          ...options,
          used: balancer.used,
          target: { address: balancer.address, port: ports[workload.door] },
          rate: rates.get(key),
          seconds: number === 0 ? options.seconds / 3 : options.seconds,
        });
        rates.set(key, sample.rate);
        round.set(balancer.subject.name, sample);
        await balancer.cutLogs();
      }
      if (number > 0) found.get(workload.name)?.push(round);
    }
    options.tell(`round ${number} took ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  }
  return found;
}

export function canServe({ subject }: Balancer, { door, needs }: Workload): boolean {
  return subject.doors.includes(door) && (needs === undefined || subject[needs]);
}
