import type { RuntimeOperation } from './operation.ts';
import type { Impact, Plan, Step } from './plan.ts';

/**
 * The order in which operations are sent. At no moment may a pool have fewer servers than before and after, a
 * name be without its certificate, or a client be led back to a server that is drained: a server is on the list of the
 * drained ones before it is drained, and leaves that list after it was enabled.
 */
const turns = [
  'add-certificate',
  'replace-certificate',
  'lower-frontend',
  'lower-process',
  'raise-frontend',
  'bring-in',
  'list',
  'take-out',
  'remove-server',
  'remove-certificate',
] as const;
export type Turn = (typeof turns)[number];

/** The greatest first. */
const impacts: readonly Impact[] = ['start', 'rebind', 'reload', 'runtime', 'none'];

/** A plan while it is written. */
export class Draft {
  readonly #steps = new Map<Impact, Step[]>();
  readonly #operations = new Map<Turn, RuntimeOperation[]>();

  step(step: Step): void {
    const steps = this.#steps.get(step.impact);
    if (steps === undefined) this.#steps.set(step.impact, [step]);
    else steps.push(step);
  }

  /** Within one turn operations are sent in the order they were given. */
  operation(turn: Turn, operation: RuntimeOperation): void {
    const operations = this.#operations.get(turn);
    if (operations === undefined) this.#operations.set(turn, [operation]);
    else operations.push(operation);
  }

  plan(): Plan {
    const steps = impacts.flatMap((impact) => this.#steps.get(impact) ?? []);
    const impact = steps[0]?.impact ?? 'none';
    // A new process reads everything from the files: to tell the old one as well would only take time.
    const operations = impact === 'runtime' ? turns.flatMap((turn) => this.#operations.get(turn) ?? []) : [];
    return { impact, steps, operations };
  }
}
