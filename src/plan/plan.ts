import type { Path } from '../kernel/path.ts';
import type { RuntimeOperation } from './operation.ts';

/**
 * What a change needs of a running HAProxy, from nothing to most: nothing, commands on its runtime socket, a new
 * worker, a new worker that binds other addresses, a first start.
 */
export type Impact = 'none' | 'runtime' | 'reload' | 'rebind' | 'start';

/** One thing that differs between what is in service and what is wanted. */
export interface Step {
  readonly impact: Impact;
  /** Where in the declaration it comes from; absent for what the engine adds by itself. */
  readonly path?: Path;
  /** What happens: `weight of api-1 in live-apis: 100 to 50`. Never a secret. */
  readonly what: string;
  /** Why it needs this impact: `HAProxy takes a weight while it runs`. */
  readonly why: string;
  /** What connections feel, in plain words: `2 connections to api-1 finish on the old process, up to 5 min`. */
  readonly effect: string;
}

/** What will happen when a change is applied. Made before anything is touched, and shown. */
export interface Plan {
  /** The greatest of its steps. */
  readonly impact: Impact;
  /** The greatest impact first. Empty for `none`. */
  readonly steps: readonly Step[];
  /** In the order they are to be sent; empty unless the impact is `runtime`. */
  readonly operations: readonly RuntimeOperation[];
}
