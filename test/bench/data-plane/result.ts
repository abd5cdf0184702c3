import type { Balancer } from './balancer.ts';
import type { Latency } from './latency.ts';
import type { Round } from './measure.ts';
import { type Spread, spreadOf } from './statistics.ts';
import type { Calls } from './system-calls.ts';

/** What one run of the bench found. Everything of it can be sent as JSON. */
export interface Result {
  /** What it ran on, in words. */
  readonly machine: readonly string[];
  /** The share of processor time that a host took from this machine while it measured. */
  readonly stolen: number;
  readonly workloads: readonly WorkloadResult[];
  readonly latencies: Readonly<Record<string, Latency>>;
  /** System calls for a request, by workload and subject. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, Calls>>>>;
}

export interface WorkloadResult {
  readonly name: string;
  readonly rounds: number;
  /** Aorta's processor time for a request, divided by that of its twin: what the machine adds. */
  readonly twin: Spread;
  readonly subjects: Readonly<Record<string, SubjectResult>>;
}

export interface SubjectResult {
  /** Aorta's processor time for a request, divided by this one's in the same round. */
  readonly ratio: Spread;
  /** Microseconds. */
  readonly cost: number;
  readonly rate: number;
  readonly busy: number;
}

/** A twin further away than this, and a host that takes more, make a run too noisy to say anything. */
export const noise = { twin: [0.93, 1.07], stolen: 0.05 } as const;

export function isTooNoisy({ twin }: WorkloadResult): boolean {
  return !(twin.median >= noise.twin[0] && twin.median <= noise.twin[1]);
}

export const names = { base: 'Aorta', twin: 'Aorta, once more' } as const;

export function resultsOf(
  found: ReadonlyMap<string, readonly Round[]>,
  balancers: readonly Pick<Balancer, 'subject'>[],
): WorkloadResult[] {
  return [...found].map(([name, rounds]) => {
    const cost = (round: Round, subject: string) => round.get(subject)?.cost ?? Number.NaN;
    const base = (round: Round) => (cost(round, names.base) + cost(round, names.twin)) / 2;
    const measured = balancers.filter(({ subject }) => rounds[0]?.has(subject.name));
    return {
      ...{ name, rounds: rounds.length },
      twin: spreadOf(rounds.map((round) => cost(round, names.base) / cost(round, names.twin))),
      subjects: Object.fromEntries(
        measured.map(({ subject }) => {
          const samples = rounds.flatMap((round) => round.get(subject.name) ?? []);
          const middle = (which: 'cost' | 'rate' | 'busy') =>
            spreadOf(samples.map((one) => one[which])).median;
          // A long load that seems to cost less than a short one was disturbed, and has no ratio.
          const ratios = rounds.map((round) => base(round) / cost(round, subject.name));
          const ratio = spreadOf(ratios.filter((one) => one > 0));
          return [subject.name, { ratio, cost: middle('cost'), rate: middle('rate'), busy: middle('busy') }];
        }),
      ),
    };
  });
}
