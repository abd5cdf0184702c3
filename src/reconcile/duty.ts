import { Failure } from '../kernel/failure.ts';
import type { Serving } from './serving.ts';

/** Whether this node announces its addresses, as far as people decide it. */
export class Duty {
  readonly #serving: Serving;
  readonly #note: (text: string) => void;

  /** @param note told what is done, a clause each */
  constructor(serving: Serving, note: (text: string) => void) {
    this.#serving = serving;
    this.#note = note;
  }

  /**
   * Announces nothing any more, until {@link announce}.
   * @returns how long it took until no router was told of an address, in milliseconds
   * @throws Failure `addresses-not-announced`, `addresses-failed`, `not-running`
   */
  async withdraw(author: string, reason: string | undefined): Promise<number> {
    return await this.#serving.hands(async () => {
      this.#refuseUnserved();
      this.#note(`${author} withdraws this node${reason === undefined ? '' : `: ${reason}`}`);
      const gone = await this.#serving.parts.dataPlane.addresses.withdraw({
        author,
        ...(reason === undefined ? {} : { reason }),
      });
      if (!gone.ok) throw gone.error;
      return gone.value;
    });
  }

  /** @returns whether it was withdrawn @throws Failure as {@link withdraw} */
  async announce(author: string): Promise<boolean> {
    return await this.#serving.hands(async () => {
      this.#refuseUnserved();
      const back = await this.#serving.parts.dataPlane.addresses.announce();
      if (!back.ok) throw back.error;
      if (back.value) this.#note(`${author} lets this node announce its addresses again`);
      return back.value;
    });
  }

  #refuseUnserved(): void {
    if (this.#serving.now !== undefined) return;
    throw new Failure('not-running', 'nothing is in service yet', 'ask again in a moment');
  }
}
