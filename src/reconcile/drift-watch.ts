import type { DataPlane, Generation } from '../dataplane/port.ts';
import type { HaproxyIr } from '../ir/haproxy.ts';
import { Failure } from '../kernel/failure.ts';
import { findDrift } from './drift.ts';
import type { DriftFinding } from './drift-finding.ts';

/** What is desired at the moment of a look. */
export interface Desired {
  readonly ir: HaproxyIr;
  readonly generation: Generation;
  /** See `certificateFingerprints`. */
  readonly certificates: ReadonlyMap<string, string>;
}

/** Compares a running HAProxy with what is desired, once. Not to be called while a change is under way. */
export async function lookForDrift(
  dataPlane: Pick<DataPlane, 'identity' | 'runtimeState' | 'loaded' | 'tampered'>,
  { ir, generation, certificates }: Desired,
): Promise<DriftFinding[]> {
  // Alone: reading what thousands of servers say could keep a short answer waiting beyond its time limit.
  const runningDigest = await dataPlane.identity();
  const [state, loaded, tampered] = await Promise.all([
    dataPlane.runtimeState().catch(silence),
    dataPlane.loaded().catch(silence),
    dataPlane.tampered(generation),
  ]);
  const expectedDigest = generation.digest;
  return findDrift({ ir, expectedDigest, runningDigest, state, loaded, tampered, certificates });
}

/** A HAProxy that is stuck does not answer, and that is the drift. */
function silence(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error;
}

export interface NoticedDrift extends DriftFinding {
  /** First seen, in milliseconds since 1970. */
  readonly since: number;
}

/**
 * Remembers what was seen from look to look. What is seen once may be a moment between two states; what is seen twice
 * in a row is drift. With a look a second it is noticed within two.
 */
export class DriftWatch {
  #seen: ReadonlyMap<string, number> = new Map();

  /** Takes what one look found, and gives back what the look before found too. @param at milliseconds since 1970 */
  notice(findings: readonly DriftFinding[], at: number): NoticedDrift[] {
    const before = this.#seen;
    this.#seen = new Map(findings.map(({ key }) => [key, before.get(key) ?? at]));
    return findings.flatMap((finding) => {
      const since = before.get(finding.key);
      return since === undefined ? [] : [{ ...finding, since }];
    });
  }
}
