import type { IntentWish } from '../model/intent.ts';
import type { RuntimeOperation } from '../plan/operation.ts';

export interface ServerPlace {
  readonly backend: string;
  readonly server: string;
}

/** One thing that is not as desired although nobody asked Aorta for it. */
export interface DriftFinding {
  /** The same for the same thing from look to look, whatever its state is. */
  readonly key: string;
  readonly kind: 'process' | 'files' | 'server' | 'frontend' | 'certificate' | 'list';
  /** What is, and what should be. Never a secret. */
  readonly what: string;
  /** How it can become what is desired; absent when it cannot. */
  readonly adoption?: Adoption;
  /** How it can be made as desired again. */
  readonly correction: Correction;
}

/** What intents must say so that the state of a server that was found is the one that is desired. */
export interface Adoption extends ServerPlace {
  /** Intents of these kinds that are about this server end. Of a whole host only as far as it is this server. */
  readonly ends: readonly IntentWish['kind'][];
  /** Becomes an intent; absent when the declaration says the rest. */
  readonly wish?: IntentWish;
}

/**
 * Commands for the running HAProxy, in this order. `reload`: commands do not do; the generation is to be written again
 * and brought into service as a whole, by a start when nothing runs.
 */
export type Correction = readonly RuntimeOperation[] | 'reload';

/** What undoes all of these: the commands of each, or one reload when a command does not do for one of them. */
export function correction(findings: readonly DriftFinding[]): Correction {
  const operations: RuntimeOperation[] = [];
  for (const finding of findings) {
    if (finding.correction === 'reload') return 'reload';
    operations.push(...finding.correction);
  }
  return operations;
}
