/**
 * How long something lasts that is done to a server again and again: twice as long each time, forgotten after it was not
 * needed for a while. Times in milliseconds.
 */
export class Repeats {
  readonly #most: number;
  readonly #quiet: number;
  readonly #past = new Map<string, { times: number; ended: number }>();

  constructor(most: number, quiet: number) {
    this.#most = most;
    this.#quiet = quiet;
  }

  /** How long it lasts when it begins now. @param first how long it lasts the first time */
  begin(key: string, first: number, now: number): number {
    const past = this.#past.get(key);
    const times = past === undefined || now - past.ended >= this.#quiet ? 0 : past.times;
    const lasts = Math.min(first * 2 ** times, Math.max(first, this.#most));
    this.#past.set(key, { times: times + 1, ended: now + lasts });
    return lasts;
  }

  /** It lasted until now, which may be longer than it had to. */
  end(key: string, now: number): void {
    const past = this.#past.get(key);
    if (past !== undefined) past.ended = now;
  }

  get isEmpty(): boolean {
    return this.#past.size === 0;
  }

  forgetAllBut(keys: ReadonlySet<string>): void {
    for (const key of this.#past.keys()) if (!keys.has(key)) this.#past.delete(key);
  }
}
