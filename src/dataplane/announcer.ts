import type { Clock } from '../kernel/clock.ts';
import { Failure } from '../kernel/failure.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { AnnouncerPort, WithdrawnBy } from './announcer-port.ts';
import { asResult } from './as-result.ts';
import type { Bird } from './bird/bird.ts';
import { readBirdOutline } from './bird/outline.ts';
import type { Withdrawal } from './bird/withdrawal.ts';
import { hopsToAll } from './handover/stray-hops.ts';
import type { Strays } from './handover/strays.ts';

/** BIRD says it within milliseconds; a busy machine may need more. In milliseconds. */
const patience = 5_000;

export interface AnnouncerParts {
  readonly bird: Bird;
  readonly withdrawal: Withdrawal;
  readonly strays: Strays;
  readonly clock: Clock;
  /** The bird.conf in service; absent where addresses are not announced. */
  readonly conf: () => Promise<string | undefined>;
}

/** The addresses that all nodes announce, on a real BIRD. */
export class Announcer implements AnnouncerPort {
  readonly #parts: AnnouncerParts;

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  withdraw(by: WithdrawnBy): Promise<Result<number, Failure>> {
    return this.#announced(async (conf) => {
      const { bird, withdrawal, clock } = this.#parts;
      const began = clock.now();
      await withdrawal.write({ ...by, since: Math.round(began) });
      const heard = await bird.reconsider();
      if (!heard.ok) return heard;
      while (!(await this.#isSilent(conf))) {
        if (clock.now() - began > patience) {
          const what = 'BIRD still tells a router of an address';
          return err(new Failure('addresses-failed', what, 'see `aorta status`, and the log of BIRD'));
        }
        await clock.sleep(5);
      }
      return ok(clock.now() - began);
    });
  }

  announce(): Promise<Result<boolean, Failure>> {
    return this.#announced(async () => {
      const { bird, withdrawal } = this.#parts;
      const before = await withdrawal.read();
      await withdrawal.end();
      const heard = await bird.reconsider();
      return heard.ok ? ok(before !== undefined) : heard;
    });
  }

  relay(siblings: readonly string[], limit: number): Promise<Result<void, Failure>> {
    return this.#announced(async (conf) => {
      const { addresses } = readBirdOutline(conf);
      await this.#parts.strays.sendOn(hopsToAll(addresses, siblings), limit);
      return ok(undefined);
    });
  }

  /** Whether no router is told of an address. One that does not answer has not said so; one that does not run tells nobody. */
  async #isSilent(conf: string): Promise<boolean> {
    const sessions = await this.#parts.bird.sessions(conf);
    if (sessions === undefined) return (await this.#parts.bird.running()) === undefined;
    return [...sessions.values()].every(({ told }) => told === 0);
  }

  #announced<T>(work: (conf: string) => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
    return asResult(async () => {
      const conf = await this.#parts.conf();
      if (conf !== undefined) return await work(conf);
      const mend = 'declare `ha.announce` and write a node file: docs/how-to/scale-out.md';
      return err(new Failure('addresses-not-announced', 'this machine announces no addresses', mend));
    });
  }
}
