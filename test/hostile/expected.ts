import type { Outcome } from './attack.ts';
import { knownToReach, repaired } from './repaired.ts';

export interface Found {
  readonly name: string;
  readonly what: string;
}

/** What is wrong with an outcome. An older HAProxy may repair what a newer one refuses: both are right. */
export function expectedOf(name: string, outcome: Outcome | Error): readonly Found[] {
  if (outcome instanceof Error) return [{ name, what: outcome.message }];
  const { arrived, malformed, unfinished } = outcome;
  const found: Found[] = [];
  if (malformed.length > 0 && !knownToReach(name, malformed))
    found.push({ name, what: `malformed: ${malformed.join()}` });
  if (unfinished.length > 0) found.push({ name, what: `unfinished: ${unfinished.join()}` });
  const may = repaired.get(name)?.arrives ?? [];
  // Two requests go to two servers, in any order.
  if (arrived.length > 0 && arrived.toSorted().join() !== may.toSorted().join())
    found.push({ name, what: `arrived: ${arrived.slice(0, 5).join()}` });
  return found;
}
