import { Failure } from '../kernel/failure.ts';
import { endConnections } from './end-connections.ts';
import type { InService, Serving } from './serving.ts';

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
      this.#inService();
      this.#note(`${author} withdraws this node${reason === undefined ? '' : `: ${reason}`}`);
      const gone = await this.#serving.parts.dataPlane.announcer.withdraw({
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
      this.#inService();
      const back = await this.#serving.parts.dataPlane.announcer.announce();
      if (!back.ok) throw back.error;
      if (back.value) this.#note(`${author} lets this node announce its addresses again`);
      return back.value;
    });
  }

  /**
   * Sends what belongs to no connection of this node to the others, for the time in which routers share clients anew.
   * @param limit in milliseconds, after which that ends by itself
   * @throws Failure `addresses-not-announced`, `nftables-missing`, `addresses-not-permitted`, `not-running`
   */
  async relay(limit: number): Promise<void> {
    await this.#serving.hands(async () => {
      const { desired } = this.#inService();
      const own = this.#serving.parts.node.node?.name;
      const siblings = (desired.configuration.ha?.nodes ?? []).filter(({ name }) => name !== own);
      const relaying = await this.#serving.parts.dataPlane.announcer.relay(
        siblings.map(({ address }) => address),
        limit,
      );
      if (!relaying.ok) throw relaying.error;
    });
  }

  /**
   * Lets every connection that is open now end; the routers bring the next one to where they bring it from now on.
   * @returns whether there was anything to end
   * @throws Failure `addresses-not-announced`, `reload-failed`, `not-running`
   */
  async retire(): Promise<boolean> {
    return await this.#serving.hands(async () => {
      if (this.#inService().desired.bird === undefined) {
        const mend = 'name the groups whose addresses have moved';
        throw new Failure('addresses-not-announced', 'this machine announces no addresses', mend);
      }
      return await endConnections(this.#serving.parts.dataPlane, () => true);
    });
  }

  #inService(): InService {
    const { now } = this.#serving;
    if (now !== undefined) return now;
    throw new Failure('not-running', 'nothing is in service yet', 'ask again in a moment');
  }
}
