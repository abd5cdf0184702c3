import type { TicketKey } from '../../model/ticket-ring.ts';

/** How long a key is the newest, in milliseconds: tickets are good for two to three times as long at most. */
export const rotationInterval = 12 * 3_600_000;

/** How much longer each node waits than the one before it by name: if that one is there, its key comes long before. In milliseconds. */
const turn = 600_000;

/**
 * When it is time for the next key. Counts by a clock that nobody sets. The clock of the machine only says how old the key
 * was that was there at the start, and one that comes later is new, so that a clock which is wrong costs a key at the most.
 */
export class Rotation {
  /** Milliseconds of a clock that only goes on. */
  readonly #uptime: () => number;
  #newest: { readonly id: string; readonly age: number; readonly seenAt: number } | undefined;

  constructor(uptime: () => number) {
    this.#uptime = uptime;
  }

  /** The age of the newest key in milliseconds. @param now by the clock of the machine */
  age({ id, createdAt }: TicketKey, now: number): number {
    if (this.#newest?.id !== id) {
      const byDate = Math.min(Math.max(now - createdAt, 0), rotationInterval);
      const age = this.#newest === undefined ? byDate : 0;
      this.#newest = { id, age, seenAt: this.#uptime() };
    }
    return this.#newest.age + this.#uptime() - this.#newest.seenAt;
  }

  /** @param place of this node among all of the pair by name, from 0 */
  isDue(newest: TicketKey, now: number, place: number): boolean {
    return this.age(newest, now) >= rotationInterval + place * turn;
  }
}
