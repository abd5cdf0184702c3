import type { BearerToken, DeepChecker } from '../dataplane/probe-port.ts';
import type { Clock, Timer } from '../kernel/clock.ts';
import type { RungHealth } from '../model/health.ts';
import { asksTheSame, type DeepTarget, deepTargets } from './deep-targets.ts';
import type { Opinion } from './opinion.ts';
import type { InService } from './policy.ts';
import { isRestless, newRung, type RungState, rungHealth, withResult } from './rungs.ts';
import type { DeepCheckSource } from './source.ts';

export interface DeepChecksParts {
  readonly checker: DeepChecker;
  readonly clock: Clock;
  readonly timer: Timer;
  /** From 0 up to and without 1, evenly. */
  readonly random: () => number;
}

/** Checks under way at the same time. */
const mostAtOnce = 32;
/** Between two checks of a server that fails one, in milliseconds. */
const restlessInterval = 2_000;
/** The share by which an interval is longer or shorter by chance. */
const jitter = 0.2;
/** New checks begin within so much time for each of them, in milliseconds: 50 a second. */
const startShare = 20;

/** One deep check of one server, and what is known from it. */
interface Watch {
  target: DeepTarget;
  state: RungState;
  token: BearerToken | undefined;
  /** Calls the next one off; absent while it is under way, waits for its turn or is asleep. */
  callOff?: (() => void) | undefined;
  /** Ends the one under way. */
  running?: AbortController | undefined;
}

/**
 * Asks every server all that its pool's deep checks ask, seldom and never in step: each at its own moment, no more than
 * some at a time, none twice at once. Says what it thinks of the servers, and decides nothing.
 */
export class DeepChecks implements DeepCheckSource {
  readonly #parts: DeepChecksParts;
  #watches: ReadonlyMap<string, Watch> = new Map();
  /** Of each server, in the order of the declaration. */
  #ladders: ReadonlyMap<string, readonly Watch[]> = new Map();
  #followed: InService | undefined;
  readonly #waiting = new Set<Watch>();
  readonly #underWay = new Set<Promise<void>>();
  #ended = false;

  constructor(parts: DeepChecksParts) {
    this.#parts = parts;
  }

  /**
   * Asks from now on what this configuration wants to be asked. What is known of checks that stay is kept. Cheap when
   * nothing has changed, so it can be called as often as one likes.
   */
  follow(inService: InService | undefined): void {
    if (this.#ended) return;
    if (this.#followed?.configuration === inService?.configuration && this.#followed?.ir === inService?.ir)
      return;
    this.#followed = inService;
    const before = this.#watches;
    const watches = new Map<string, Watch>();
    const fresh: Watch[] = [];
    for (const target of inService === undefined ? [] : deepTargets(inService.configuration, inService.ir)) {
      const key = keyOf(target);
      const there = before.get(key);
      if (there !== undefined && asksTheSame(there.target.probe, target.probe)) {
        watches.set(key, there);
        this.#keep(there, target, fresh);
        continue;
      }
      const watch: Watch = { target, state: newRung, token: undefined };
      watches.set(key, watch);
      if (!target.asleep) fresh.push(watch);
    }
    const stay = new Set(watches.values());
    for (const watch of before.values()) if (!stay.has(watch)) this.#rest(watch);
    this.#watches = watches;
    this.#ladders = Map.groupBy(watches.values(), ({ target }) => placeOf(target.backend, target.server));
    for (const watch of fresh) {
      const { interval } = watch.target.probe.check;
      this.#askIn(watch, this.#parts.random() * Math.min(interval, fresh.length * startShare));
    }
  }

  /** What speaks against servers now. Nothing about one that is in maintenance, or was not asked often enough yet. */
  opinions(): readonly Opinion[] {
    return [...this.#watches.values()].flatMap(({ target, state }): Opinion[] => {
      const { backend, server, rung, asleep } = target;
      const { verdict, fault, since } = state;
      if (verdict !== 'failing' || asleep || fault === undefined || since === undefined) return [];
      const because = `the deep check ${rung} fails: ${fault.what}`;
      return [{ backend, server, source: 'deep-check', fault: `${rung}: ${fault.kind}`, because, since }];
    });
  }

  /** How the deep checks of a server stand, in the order of the declaration. */
  rungs(backend: string, server: string): readonly RungHealth[] {
    const ladder = this.#ladders.get(placeOf(backend, server)) ?? [];
    return ladder.map(({ target, state }) => rungHealth(target.rung, state));
  }

  /** Leaves no timer and no connection. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const watch of this.#watches.values()) this.#rest(watch);
    await Promise.all(this.#underWay);
  }

  /** What is asked stays the same; how often, or whether it may be asked at all, may have changed. */
  #keep(watch: Watch, target: DeepTarget, fresh: Watch[]): void {
    const { target: before } = watch;
    watch.target = target;
    if (target.asleep) this.#rest(watch);
    else if (before.asleep) fresh.push(watch);
    else if (watch.callOff !== undefined && before.probe.check.interval !== target.probe.check.interval)
      this.#askAgain(watch);
  }

  #rest(watch: Watch): void {
    watch.callOff?.();
    watch.callOff = undefined;
    this.#waiting.delete(watch);
    watch.running?.abort();
    watch.running = undefined;
  }

  #askAgain(watch: Watch): void {
    const { interval } = watch.target.probe.check;
    // Asking for a token more often would not help a client that is refused, and could get it locked out.
    const sooner = isRestless(watch.state) && watch.state.fault?.kind !== 'credentials';
    const wanted = sooner ? Math.min(interval, restlessInterval) : interval;
    this.#askIn(watch, wanted * (1 - jitter + 2 * jitter * this.#parts.random()));
  }

  #askIn(watch: Watch, milliseconds: number): void {
    watch.callOff?.();
    watch.callOff = this.#parts.timer.after(milliseconds, () => {
      watch.callOff = undefined;
      this.#waiting.add(watch);
      this.#begin();
    });
  }

  /** Lets those that wait have their turn, the longest first. */
  #begin(): void {
    for (const watch of this.#waiting) {
      if (this.#underWay.size >= mostAtOnce) return;
      this.#waiting.delete(watch);
      const run = this.#run(watch).finally(() => {
        this.#underWay.delete(run);
        this.#begin();
      });
      this.#underWay.add(run);
    }
  }

  async #run(watch: Watch): Promise<void> {
    const running = new AbortController();
    watch.running = running;
    const { probe } = watch.target;
    const { token } = watch;
    const asked = token === undefined ? probe : { ...probe, token };
    const result = await this.#parts.checker.deepCheck(asked, running.signal);
    // Somebody no longer wants to know, or has already begun anew.
    if (watch.running !== running) return;
    watch.running = undefined;
    watch.token = result.token;
    const { check } = watch.target.probe;
    watch.state = withResult(watch.state, result, check, this.#parts.clock.now());
    this.#askAgain(watch);
  }
}

function placeOf(backend: string, server: string): string {
  return JSON.stringify([backend, server]);
}

function keyOf({ backend, server, rung }: DeepTarget): string {
  return JSON.stringify([backend, server, rung]);
}
