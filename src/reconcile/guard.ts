import type { Path } from '../kernel/path.ts';
import type { Desired } from './desired.ts';
import { expectationOf } from './guard/expectation.ts';
import { memory, type Sample, Sampler } from './guard/sampler.ts';
import { type Verdict, watch } from './guard/watch.ts';
import type { Window } from './guard/window.ts';
import { windowFor } from './guard/window-for.ts';
import type { Listen } from './progress.ts';
import { interrupted, type Serving } from './serving.ts';

/** Watches the service after a change, and knows how it was before. */
export class Guard {
  readonly #serving: Serving;
  readonly #sampler = new Sampler();
  readonly #ending = new AbortController();
  #watching = 0;
  #last: Sample | undefined;

  constructor(serving: Serving) {
    this.#serving = serving;
  }

  /** To be called about once a second while nothing changes. */
  async survey(): Promise<Sample> {
    const { dataPlane, clock } = this.#serving.parts;
    this.#last = await this.#sampler.take(dataPlane, clock);
    return this.#last;
  }

  /** Whether a change is being watched. */
  get watching(): boolean {
    return this.#watching > 0;
  }

  /** What HAProxy said last while nothing changed. */
  get last(): Sample | undefined {
    return this.#last;
  }

  /** How the service was until now. @param asked how long a change will be watched; with 0 it does not matter */
  async baseline(asked: number): Promise<Window> {
    const { dataPlane, clock } = this.#serving.parts;
    if (asked > 0) await this.#sampler.take(dataPlane, clock);
    const now = clock.now();
    return this.#sampler.window(now - memory, now);
  }

  /**
   * Watches a change that is in service.
   * @param asked how long, in milliseconds; longer when servers must be checked for the first time; 0: not at all
   * @param excused origins of pools that are known to be down, and are to be brought into service all the same
   * @throws Failure `change-interrupted` when the controller ends; the next one decides then
   */
  async watch(
    before: Desired,
    now: Desired,
    baseline: Window,
    asked: number,
    excused: readonly Path[],
    listen: Listen,
  ): Promise<Verdict> {
    const duration = windowFor(before.ir, now.ir, asked);
    if (duration === 0) return { ok: true, evidence: [] };
    const { dataPlane, clock } = this.#serving.parts;
    this.#watching += 1;
    listen('guard', 'begun', `for ${Math.round(duration / 1_000)} s`);
    try {
      const verdict = await watch({
        dataPlane,
        clock,
        sampler: this.#sampler,
        before: baseline,
        expected: expectationOf(now.ir, excused),
        duration,
        signal: this.#ending.signal,
      });
      listen('guard', verdict.ok ? 'done' : 'failed', verdict.evidence[0]);
      return verdict;
    } catch (error) {
      if (!this.#ending.signal.aborted) throw error;
      throw interrupted();
    } finally {
      this.#watching -= 1;
    }
  }

  /** Ends all watching: the controller ends. */
  end(): void {
    this.#ending.abort();
  }
}
