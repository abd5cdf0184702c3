import type { Survey } from '../../dataplane/counters-port.ts';
import type { HaproxyIr } from '../../ir/haproxy.ts';
import type { Configuration } from '../../model/configuration.ts';
import type { Name } from '../../model/name.ts';

/** What metrics are made of: what the controller knows already. Times in milliseconds since 1970. */
export interface MetricsFacts {
  /** Of Aorta. */
  readonly version: string;
  /** Absent where there is no pair. */
  readonly node?: Name;
  /** What HAProxy said last; absent before it was asked. The same object as long as it is the same. */
  readonly surveyed?: Surveyed;
  /** Absent while nothing is in service. */
  readonly inService?: InService;
  /** The newest revision; absent before the first. */
  readonly lastChange?: { readonly at: number; readonly state: ChangeState };
  /** Absent: no change waits for somebody to confirm it. */
  readonly confirmBy?: number;
  readonly driftItems: number;
  /** The addresses on the interface of the virtual ones; absent where they do not move. */
  readonly ownAddresses?: ReadonlySet<string>;
  readonly process: ProcessFacts;
}

/** Without a state: HAProxy did not answer. */
export interface Surveyed extends Partial<Pick<Survey, 'state' | 'servers' | 'traffic'>> {
  readonly at: number;
}

export interface InService {
  readonly configuration: Configuration;
  /** What was compiled from it. The same object as long as it is the same. */
  readonly ir: HaproxyIr;
  readonly revision: number;
  readonly generation: number;
  /** Of the declaration. */
  readonly digest: string;
}

export const changeStates = ['committed', 'pending', 'reverted'] as const;
export type ChangeState = (typeof changeStates)[number];

/** The process of the controller. */
export interface ProcessFacts {
  /** In milliseconds. */
  readonly processorTime: number;
  /** In bytes. */
  readonly memory: number;
  readonly startedAt: number;
}
