import type { ServerCounters } from '../dataplane/counters-port.ts';
import type { ServerNotice } from '../dataplane/port.ts';
import type { RungHealth } from '../model/health.ts';
import type { RuntimeServer } from '../model/runtime-state.ts';
import type { Opinion } from './opinion.ts';
import type { InService } from './policy.ts';

/** Knows something about servers that HAProxy's own checks do not. */
export interface OpinionSource {
  /** Says what is in service; called again when it is something else, and with nothing when nothing is. */
  follow(inService: InService | undefined): void;
  /** What it thinks now. Cheap: asked about once a second, and more often while servers change. */
  opinions(): readonly Opinion[];
}

/** Asks servers by itself, seldom and thoroughly. */
export interface DeepCheckSource extends OpinionSource {
  /** In the order of the declaration; empty when the pool has no deep checks. */
  rungs(backend: string, server: string): readonly RungHealth[];
  end(): Promise<void>;
}

/** Judges by what the traffic does. Decides nothing by itself and keeps no time of its own. */
export interface EvidenceSource extends OpinionSource {
  /** Hears at once what HAProxy says of a server. */
  noticed(notice: ServerNotice): void;
  /** The backends whose counters it needs once a second; none at best. */
  backends(): readonly string[];
  /** Takes one look at them. @param servers of these backends, as HAProxy says they are */
  sample(counters: ServerCounters, servers: readonly RuntimeServer[]): Evidence;
}

/** What follows from a look, besides opinions. Each holds until the next look says otherwise. */
export interface Evidence {
  readonly weights: readonly WeightWish[];
  /** Backends whose requests must not be sent again for other reasons than a failed connection. */
  readonly withoutRetries: readonly string[];
  /** Whole sentences, by backend. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
}

/** A server is to get a smaller share, or its own again. */
export interface WeightWish {
  readonly backend: string;
  readonly server: string;
  /** Absent: as declared. */
  readonly weight?: number;
  /** A sentence. */
  readonly reason: string;
}
