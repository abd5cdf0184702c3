import type { DataPlane, Generation } from '../dataplane/port.ts';
import type { Clock } from '../kernel/clock.ts';
import { Failure } from '../kernel/failure.ts';
import type { NodeFacts } from '../model/node.ts';
import type { RuntimeState } from '../model/runtime-state.ts';
import { plan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { counted } from '../plan/words.ts';
import type { Phase } from '../store/journal.ts';
import type { StateStore } from '../store/state-store.ts';
import { apply } from './apply.ts';
import { deepCheckSteps } from './deep-check-steps.ts';
import { type Accepted, type Desired, desire } from './desired.ts';
import { examine } from './examine.ts';
import { withKeptParts } from './kept-parts.ts';
import { observe } from './observation.ts';
import type { Outcome, Refusal } from './outcome.ts';
import type { Listen } from './progress.ts';
import { proofOf } from './prove.ts';
import { SerialQueue } from './queue.ts';

/** What is in service, as far as this controller brought it there or took it over. */
export interface InService {
  readonly desired: Desired;
  /** The revision whose declaration it is. */
  readonly revision: number;
  readonly generation: Generation;
}

export interface ServingParts {
  readonly dataPlane: DataPlane;
  readonly store: StateStore;
  readonly node: NodeFacts;
  readonly clock: Clock;
}

export interface BringOptions {
  /** The revision of the declaration, when it is known already. */
  readonly revision?: number;
  /** Looks at servers and certificates first, and refuses what would be down. */
  readonly examine?: boolean;
  readonly force?: boolean;
  /** Reloads in any case: HAProxy may be between two worlds. */
  readonly again?: boolean;
  /** The commands have been sent already; only the files are behind. */
  readonly operated?: boolean;
  /** Called before anything in service is touched. @returns the revision @throws Failure to stop here */
  readonly onAccepted?: (to: Generation, phase: Phase, remarks: readonly Refusal[]) => number;
  readonly listen?: Listen;
}

export interface Brought {
  readonly outcome: Outcome;
  readonly plan: Plan;
}

/**
 * What is in service, and the only hands that change it: whatever touches the data plane runs in {@link hands}, one
 * after the other.
 */
export class Serving {
  readonly parts: ServingParts;
  readonly #queue = new SerialQueue();
  #now: InService | undefined;
  #busy = 0;
  #ended = false;

  constructor(parts: ServingParts) {
    this.parts = parts;
  }

  /** Absent before the first declaration and once HAProxy was ended on purpose. */
  get now(): InService | undefined {
    return this.#ended ? undefined : this.#now;
  }

  /** Whether something is being changed, so that what is seen of HAProxy may be between two states. */
  get busy(): boolean {
    return this.#busy > 0;
  }

  /** Runs work that touches the data plane, after whatever is under way. */
  hands<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    return this.#queue.run(work).finally(() => {
      this.#busy -= 1;
    });
  }

  /** Ends HAProxy, after whatever is under way; requests have until the deadline (milliseconds from now). */
  async end(deadline: number): Promise<void> {
    // From now on it is meant to be gone, and nothing brings it back.
    this.#ended = true;
    await this.hands(() => this.parts.dataPlane.stop(deadline));
  }

  /** Ends HAProxy at once, also while {@link end} waits for requests. */
  async endNow(): Promise<void> {
    this.#ended = true;
    await this.parts.dataPlane.stop(0);
  }

  /** What a declaration would need of HAProxy, with the intents in force now. */
  async forecast(accepted: Accepted): Promise<{ desired: Desired; plan: Plan }> {
    const desired = this.#desire(accepted);
    return { desired, plan: this.#plan(desired, await this.parts.dataPlane.runtimeState()) };
  }

  #desire(accepted: Accepted): Desired {
    const { store, node } = this.parts;
    const configuration = withKeptParts(this.#now?.desired.configuration, accepted.configuration);
    return desire({ ...accepted, configuration }, store.intents.inForce(), node);
  }

  #plan(desired: Desired, state: RuntimeState | undefined): Plan {
    const current = state === undefined ? undefined : this.#now?.desired;
    const { abilities } = this.parts.dataPlane;
    const observed = state === undefined ? {} : { state };
    const { ir, configuration } = desired;
    const made = plan(current?.ir, ir, observed, abilities, { before: current, after: desired });
    if (current === undefined) return made;
    return { ...made, steps: [...made.steps, ...deepCheckSteps(current.configuration, configuration)] };
  }

  /** Brings a declaration, with the intents in force, into service. To be called with {@link hands}. */
  async bring(accepted: Accepted, options: BringOptions = {}): Promise<Brought> {
    const { dataPlane, clock } = this.parts;
    const { listen = () => undefined } = options;
    if (this.#ended) throw interrupted();
    const before = this.#now;
    listen('plan', 'begun');
    const desired = this.#desire(accepted);
    const seen = await observe(dataPlane);
    const made = this.#plan(desired, seen.state);
    listen('plan', 'done', `${made.impact}, ${counted(made.steps.length, 'step')}`);
    const known = before !== undefined && seen.digest === before.generation.digest;
    const viaCommands =
      known && options.again !== true && (made.impact === 'runtime' || made.impact === 'none');
    let revision = options.revision ?? before?.revision ?? 0;
    const proof = proofOf(
      before === undefined ? undefined : { desired: before.desired, seen },
      desired,
      dataPlane,
    );
    const outcome = await apply(desired.rendering, dataPlane, clock, {
      ...(viaCommands ? { operations: options.operated === true ? [] : made.operations } : {}),
      ...(options.examine === true
        ? { examine: () => examine(before?.desired, desired, dataPlane, clock) }
        : {}),
      ...(options.force === undefined ? {} : { force: options.force }),
      ...(options.again === undefined ? {} : { again: options.again }),
      proof,
      onAccepted: (to, remarks) => {
        if (options.onAccepted !== undefined) {
          revision = options.onAccepted(to, viaCommands ? 'operating' : 'reloading', remarks);
        }
      },
      listen,
    });
    if (outcome.kind === 'applied' || outcome.kind === 'unchanged') {
      this.#now = { desired, revision, generation: outcome.generation };
    }
    return { outcome, plan: made };
  }

  /** Records that the generation in service is proven, so that it is what to fall back to. With {@link hands}. */
  async keep(): Promise<void> {
    if (this.#now !== undefined) await this.parts.dataPlane.commit(this.#now.generation);
  }

  /** Says which revision it is that is in service: one that differs in words only was accepted without a touch. */
  rename(revision: number, accepted: Accepted): void {
    if (this.#now === undefined) return;
    this.#now = { ...this.#now, revision, desired: { ...this.#now.desired, ...accepted } };
  }
}

/** The controller ends in the middle of something. */
export function interrupted(): Failure {
  const mend = 'start it again with `aorta up`: it keeps what was proven, and undoes the rest';
  return new Failure('change-interrupted', 'the controller is ending', mend);
}
