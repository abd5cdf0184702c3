import type { DataPlane } from '../dataplane/port.ts';
import type { Rendering } from '../ir/rendering.ts';
import type { Clock } from '../kernel/clock.ts';
import { apply } from './apply.ts';
import type { Outcome } from './outcome.ts';
import { SerialQueue } from './queue.ts';

/** The one who may change a data plane: everything that changes it goes through one queue. */
export class Reconciler {
  readonly #dataPlane: DataPlane;
  readonly #clock: Clock;
  readonly #queue = new SerialQueue();

  constructor(dataPlane: DataPlane, clock: Clock) {
    this.#dataPlane = dataPlane;
    this.#clock = clock;
  }

  /** Brings a rendering into service, after whatever is under way. */
  apply(rendering: Rendering): Promise<Outcome> {
    return this.#queue.run(() => apply(rendering, this.#dataPlane, this.#clock));
  }

  /** Ends HAProxy, after whatever is under way; requests have until the deadline (milliseconds from now). */
  stop(deadline: number): Promise<void> {
    return this.#queue.run(() => this.#dataPlane.stop(deadline));
  }

  /** Ends HAProxy at once, without waiting for what is under way: that may be a stop that waits for connections. */
  stopNow(): Promise<void> {
    return this.#dataPlane.stop(0);
  }
}
