import { Failure } from '../kernel/failure.ts';
import type { Changes } from './changes.ts';
import type { Guard } from './guard.ts';
import type { Serving } from './serving.ts';
import type { Wishes } from './wishes.ts';

/** How often what may have changed behind our back is looked at, in milliseconds. */
const driftRhythm = 1_000;

/** Looks after a service that nobody is changing: keeps HAProxy running, ends what is due, notices drift. */
export class Watchman {
  readonly #serving: Serving;
  readonly #changes: Changes;
  readonly #wishes: Wishes;
  readonly #guard: Guard;
}
