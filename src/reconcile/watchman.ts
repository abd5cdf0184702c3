import type { Failure } from '../kernel/failure.ts';
import type { DriftItem } from '../model/drift.ts';
import { certificateFingerprints } from './certificate-fingerprints.ts';
import type { Changes } from './changes.ts';
import { correction } from './drift-finding.ts';
import { hasLeftovers } from './drift-servers.ts';
import { DriftWatch, lookForDrift, type NoticedDrift } from './drift-watch.ts';
import type { Guard } from './guard.ts';
import { untilNextLook } from './look-rhythm.ts';
import type { InService, Serving } from './serving.ts';
import type { Wishes } from './wishes.ts';

/** How long to wait before addresses that could not be brought are tried again, in milliseconds. */
const respite = 5_000;

/** Looks after a service that nobody is changing: keeps HAProxy and the addresses up, ends what is due, notices drift. */
export class Watchman {
  readonly #serving: Serving;
  readonly #changes: Changes;
  readonly #wishes: Wishes;
  readonly #guard: Guard;
  readonly #watch = new DriftWatch();
  #drift: readonly NoticedDrift[] = [];
  /** When to look again, in milliseconds since 1970. */
  #due = 0;
  /** Why the addresses are not as they should be, and since when. */
  #addresses: { readonly trouble: Failure; readonly at: number } | undefined;
  #fingerprints: { of: InService['desired']['ir']; certificates: ReadonlyMap<string, string> } | undefined;

  constructor(serving: Serving, changes: Changes, wishes: Wishes, guard: Guard) {
    this.#serving = serving;
    this.#changes = changes;
    this.#wishes = wishes;
    this.#guard = guard;
  }

  /** What was changed behind our back, as of the last look. */
  drift(): DriftItem[] {
    return this.#drift.map(({ kind, what, since, adoption }) => ({
      kind,
      what,
      since,
      adoptable: adoption !== undefined,
    }));
  }

  /**
   * One round, to be called about twice a second.
   * @returns whether HAProxy runs again after it had ended although nobody asked; undefined when it had not
   * @throws Failure of the environment, once the rest of the round is done
   */
  async look(): Promise<boolean | undefined> {
    const { dataPlane } = this.#serving.parts;
    if (this.#serving.now === undefined || this.#serving.busy) return undefined;
    if ((await dataPlane.adopt()) === undefined) return await this.#revive();
    await this.#holdAddresses();
    await this.#lookFurther();
    if (this.#addresses !== undefined) throw this.#addresses.trouble;
    return undefined;
  }

  /** What is due besides. */
  async #lookFurther(): Promise<void> {
    const { clock } = this.#serving.parts;
    await this.#changes.expire();
    await this.#wishes.catchUp();
    const { now } = this.#serving;
    const began = clock.now();
    if (now === undefined || began < this.#due) return;
    try {
      await this.#survey(now);
    } finally {
      this.#due = began + untilNextLook(clock.now() - began);
    }
  }

  async #survey(now: InService): Promise<void> {
    const { dataPlane } = this.#serving.parts;
    // Of many servers HAProxy says much, so that it is asked once for the guard, for live traffic and for this.
    const { state } = await this.#guard.survey();
    if (this.#serving.now !== now) return;
    await this.#lookForDrift(async () => state);
    if (state !== undefined && hasLeftovers(now.desired.ir, state))
      await this.#serving.hands(() => dataPlane.sweep());
  }

  /** Keepalived and its watchdog run, or are started again. */
  async #holdAddresses(): Promise<void> {
    const { now, parts } = this.#serving;
    const { dataPlane, clock } = parts;
    if (now === undefined || this.#serving.busy) return;
    if (await dataPlane.addresses.stands(now.generation)) {
      this.#addresses = undefined;
      return;
    }
    if (this.#addresses !== undefined && clock.now() - this.#addresses.at < respite) return;
    await this.#serving.hands(async () => {
      const { now: latest } = this.#serving;
      if (latest === undefined) return;
      const brought = await dataPlane.addresses.bring(latest.generation);
      this.#addresses = brought.ok ? undefined : { trouble: brought.error, at: clock.now() };
    });
  }

  /** Makes drift the desired state, or puts it back. */
  async resolve(
    action: 'adopt' | 'revert',
    by: { readonly author: string; readonly reason?: string },
  ): Promise<void> {
    await this.#lookForDrift();
    const drift = this.#drift;
    if (drift.length === 0) return;
    if (action === 'adopt') {
      const adoptions = drift.flatMap(({ adoption }) => adoption ?? []);
      // With nothing to adopt, nothing may be touched: writing the files anew would put edited ones back.
      if (adoptions.length > 0) await this.#wishes.adopt(adoptions, by);
    } else await this.#revert(drift);
    // What is as desired now is no longer drift; the rest is seen again at once.
    this.#drift = [];
    this.#watch.notice([], this.#serving.parts.clock.now());
    await this.#lookForDrift();
    await this.#lookForDrift();
  }

  async #revive(): Promise<boolean | undefined> {
    return await this.#serving.hands(async () => {
      const { now, parts } = this.#serving;
      if (now === undefined || (await parts.dataPlane.adopt()) !== undefined) return undefined;
      const { outcome } = await this.#serving.bring(now.desired, { force: true });
      return outcome.kind === 'applied' || outcome.kind === 'unchanged';
    });
  }

  async #lookForDrift(runtimeState = () => this.#serving.parts.dataPlane.runtimeState()): Promise<void> {
    const { now, parts } = this.#serving;
    if (now === undefined || this.#serving.busy) return;
    const { ir } = now.desired;
    if (this.#fingerprints?.of !== ir)
      this.#fingerprints = { of: ir, certificates: certificateFingerprints(ir) };
    const { certificates } = this.#fingerprints;
    const { dataPlane } = parts;
    const found = await lookForDrift(
      {
        runtimeState,
        identity: () => dataPlane.identity(),
        loaded: () => dataPlane.loaded(),
        tampered: (generation) => dataPlane.tampered(generation),
      },
      { ir, generation: now.generation, certificates },
    );
    // A change that began meanwhile: what was seen is between two states.
    if (this.#serving.busy || this.#serving.now !== now) return;
    this.#drift = this.#watch.notice(found, parts.clock.now());
  }

  async #revert(drift: readonly NoticedDrift[]): Promise<void> {
    await this.#serving.hands(async () => {
      const { now, parts } = this.#serving;
      if (now === undefined) return;
      const undo = correction(drift);
      let again = undo === 'reload';
      if (undo !== 'reload') {
        for (const operation of undo) again ||= !(await parts.dataPlane.operate(operation)).ok;
      }
      if (again) await this.#serving.bring(now.desired, { force: true, again: true });
    });
  }
}
