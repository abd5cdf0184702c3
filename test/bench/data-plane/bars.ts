import { isTooNoisy, type Result } from './result.ts';

/** A goal that was set before anybody measured: Aorta's processor time for a request as a share of another's. */
interface Bar {
  readonly against: string;
  readonly workload: string;
  readonly most: number;
}

const hand = 'HAProxy by hand';
const against = { stunnel: 'stunnel → HAProxy', nginx: 'nginx', floor: 'relay in C (floor)' } as const;

const bars: readonly Bar[] = [
  { against: against.stunnel, workload: 'kept, 2 KB', most: 0.4 },
  { against: against.stunnel, workload: 'new, ECDSA P-256', most: 0.38 },
  { against: against.stunnel, workload: 'resumed', most: 0.33 },
  { against: against.stunnel, workload: 'bridging, kept, 2 KB', most: 0.5 },
  { against: against.nginx, workload: 'kept, 2 KB', most: 1 },
  { against: against.nginx, workload: 'kept, 50 KB', most: 1 },
  { against: against.nginx, workload: 'bridging, kept, 2 KB', most: 1 },
  { against: against.nginx, workload: 'HTTP/2, 2 KB', most: 0.7 },
  { against: against.floor, workload: 'kept, 2 KB', most: 1.2 },
  { against: against.floor, workload: 'new, RSA-2048', most: 1.1 },
  { against: against.floor, workload: 'new, ECDSA P-256', most: 1.1 },
];

export interface Judged extends Bar {
  readonly ratio: number;
  /** What it would be with HAProxy by hand, and with the floor, in Aorta's place; by division of the medians. */
  readonly byHand: number | undefined;
  readonly floor: number | undefined;
  readonly verdict: 'met' | 'missed' | 'too noisy';
}

export function judgeBars({ workloads }: Pick<Result, 'workloads'>): Judged[] {
  return bars.flatMap((bar) => {
    const workload = workloads.find(({ name }) => name === bar.workload);
    const of = (subject: string) => workload?.subjects[subject]?.ratio.median;
    const ratio = of(bar.against);
    if (workload === undefined || ratio === undefined) return [];
    const verdict = isTooNoisy(workload) ? 'too noisy' : ratio <= bar.most ? 'met' : 'missed';
    const inPlace = (subject: string) => {
      const own = of(subject);
      return own === undefined || subject === bar.against ? undefined : ratio / own;
    };
    return [{ ...bar, ratio, byHand: inPlace(hand), floor: inPlace(against.floor), verdict }];
  });
}
