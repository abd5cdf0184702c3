import type { Clock } from '../../kernel/clock.ts';
import { Exposition } from './exposition.ts';
import type { InService, MetricsFacts } from './facts.ts';
import { type Labelled, labelled } from './labelled.ts';
import type { Pause } from './pause.ts';
import { writeNode } from './write-node.ts';
import { writeServices } from './write-services.ts';

/** A text is no older than that, in milliseconds, although HAProxy was not asked since: a change may take longer. */
const oldest = 10_000;

export interface MetricsParts {
  /** What is known now; cheap, and asks nobody. */
  readonly facts: () => MetricsFacts;
  readonly clock: Pick<Clock, 'now'>;
  readonly pause: Pause;
}

/**
 * Metrics as text, from what HAProxy said last: who asks for them costs it nothing, however often. A text is kept until
 * HAProxy was asked again, and is written for one at a time.
 */
export class Metrics {
  readonly #parts: MetricsParts;
  #kept: { readonly of: Origin; readonly at: number; readonly text: Buffer } | undefined;
  #writing: Promise<Buffer> | undefined;
  #labelled: { readonly of: InService['ir']; readonly value: Labelled } | undefined;

  constructor(parts: MetricsParts) {
    this.#parts = parts;
  }

  /** In Prometheus' text format. */
  text(): Promise<Buffer> {
    this.#writing ??= this.#text().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #text(): Promise<Buffer> {
    const facts = this.#parts.facts();
    const at = this.#parts.clock.now();
    const kept = this.#kept;
    const of = originOf(facts);
    if (kept !== undefined && isSame(kept.of, of) && at - kept.at < oldest) return kept.text;
    const out = new Exposition();
    writeNode(out, facts);
    if (facts.inService !== undefined) {
      const { pause } = this.#parts;
      await pause();
      const known = await this.#labelledOf(facts.inService);
      await pause();
      await writeServices(out, known, facts.surveyed, pause);
    }
    const text = out.bytes();
    this.#kept = { of, at, text };
    return text;
  }

  async #labelledOf({ configuration, ir }: InService): Promise<Labelled> {
    if (this.#labelled?.of === ir) return this.#labelled.value;
    const value = await labelled(configuration, ir, this.#parts.pause);
    this.#labelled = { of: ir, value };
    return value;
  }
}

/** What a text was made from. */
interface Origin {
  readonly surveyedAt: number | undefined;
  readonly ir: InService['ir'] | undefined;
}

function originOf({ surveyed, inService }: MetricsFacts): Origin {
  return { surveyedAt: surveyed?.at, ir: inService?.ir };
}

/** Whether HAProxy was not asked since, and nothing else came into service. */
function isSame(before: Origin, now: Origin): boolean {
  return before.surveyedAt === now.surveyedAt && before.ir === now.ir;
}
