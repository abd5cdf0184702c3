import type { Survey } from '../../dataplane/counters-port.ts';
import type { DataPlane } from '../../dataplane/port.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import { type Look, serversUp, type Window, windowOf } from './window.ts';

/** What the running HAProxy said at one moment; nothing when it did not answer. */
export interface Sample extends Partial<Survey> {
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The part of a data plane that can be sampled. */
export type Sampled = Pick<DataPlane, 'survey'>;

/** How long samples are kept, in milliseconds; also the longest window before a change. */
export const memory = 60_000;

/** Remembers the last minute of the running HAProxy. Somebody else gives the rhythm, about one sample a second. */
export class Sampler {
  /** The oldest first. Only what a window needs: a whole state for each second would be some megabytes. */
  #looks: Look[] = [];
  #taking: Promise<Sample> | undefined;

  /** Asks now. Who asks while it is being asked gets the same answer, so that samples stay in order. */
  take(dataPlane: Sampled, clock: Clock): Promise<Sample> {
    this.#taking ??= this.#ask(dataPlane, clock).finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  add({ at, counters, state }: Sample): void {
    const tooOld = at - memory;
    this.#looks = this.#looks.filter((look) => look.at >= tooOld);
    this.#looks.push({
      at,
      ...(counters === undefined ? {} : { counters }),
      ...(state === undefined ? {} : { up: serversUp(state) }),
    });
  }

  /** What was between two moments (milliseconds since 1970, both included), as far as it is remembered. */
  window(from: number, to: number): Window {
    return windowOf(this.#looks.filter(({ at }) => at >= from && at <= to));
  }

  async #ask(dataPlane: Sampled, clock: Clock): Promise<Sample> {
    const found = await answerOf(dataPlane.survey());
    const sample: Sample = found === undefined ? { at: clock.now() } : { at: found.state.at, ...found };
    this.add(sample);
    return sample;
  }
}

/** A HAProxy that is stuck, or is not ours, does not answer as little as one that does not run. */
async function answerOf<T>(asked: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
