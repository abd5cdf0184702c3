import type { AddressState, StrayRoute } from '../dataplane/port.ts';
import { Failure } from '../kernel/failure.ts';
import { heldAddresses } from '../model/held-addresses.ts';
import type { InService, Serving } from './serving.ts';

/** What a node gave up. */
export interface GivenUp {
  readonly addresses: readonly string[];
  /** Until the last of them was gone, in milliseconds. */
  readonly took: number;
}

/**
 * This node's part when addresses move on purpose. Whoever asks both nodes does so in this order: one
 * {@link take}s, the other {@link give}s, and {@link retire}s its connections once the first one has the addresses; when
 * none is left, the first one {@link settle}s.
 */
export class Handover {
  readonly #serving: Serving;
  readonly #note: (text: string) => void;

  /** @param note told what is done, a clause each */
  constructor(serving: Serving, note: (text: string) => void) {
    this.#serving = serving;
    this.#note = note;
  }

  /**
   * Makes ready for addresses that another node is about to give up: what comes for connections that are there is sent
   * on to it.
   * @param limit in milliseconds, after which that ends by itself
   * @throws Failure `no-pair`, `node-unfit`, `nftables-missing`, `addresses-not-permitted`
   */
  async take(routes: readonly StrayRoute[], limit: number): Promise<void> {
    await this.#serving.hands(async () => {
      const { addresses } = this.#serving.parts.dataPlane;
      this.#inService();
      refuseUnfit(await addresses.state());
      const passing = await addresses.passOn(routes, limit);
      if (!passing.ok) throw passing.error;
    });
  }

  /**
   * Gives all addresses up and stands by again. Whatever is under way here goes on.
   * @throws Failure `no-pair`, `addresses-preferred`, `addresses-failed`
   */
  async give(author: string, reason: string | undefined): Promise<GivenUp> {
    return await this.#serving.hands(async () => {
      const { dataPlane } = this.#serving.parts;
      refusePreferred(this.#inService());
      const held = heldAddresses((await dataPlane.addresses.state())?.instances ?? []);
      if (held.length === 0) return { addresses: [], took: 0 };
      const why = reason === undefined ? '' : `: ${reason}`;
      this.#note(`${author} moves ${held.join(', ')} to another node${why}`);
      const gone = await dataPlane.addresses.giveUp();
      if (!gone.ok) throw gone.error;
      return { addresses: held, took: gone.value };
    });
  }

  /**
   * Lets the connections that are open here end: HAProxy is reloaded, so that each client is told to open its next
   * connection anew, and finds it where the addresses are. To be called when nobody comes here any more; some may still
   * have come while the network learned where the addresses are, so once is not always enough.
   * @returns whether there was anything to end
   * @throws Failure `no-pair`, `node-unfit` when this node holds an address, `reload-failed`
   */
  async retire(): Promise<boolean> {
    return await this.#serving.hands(async () => {
      const { dataPlane } = this.#serving.parts;
      const { ir } = this.#inService().desired;
      const held = heldAddresses((await dataPlane.addresses.state())?.instances ?? []);
      if (held.length > 0) {
        const mend = 'let it give its addresses up first';
        throw new Failure('node-unfit', 'this node holds addresses: its clients would come back here', mend);
      }
      const names = new Set(ir.frontends.map(({ name }) => name));
      const open = (await dataPlane.runtimeState())?.frontends ?? [];
      if (!open.some(({ name, sessions }) => names.has(name) && sessions > 0)) return false;
      const reloaded = await dataPlane.reload('kept');
      if (!reloaded.ok) throw reloaded.error;
      return true;
    });
  }

  /** Sends nothing on any more. @throws Failure `nftables-missing`, `addresses-not-permitted` */
  async settle(): Promise<void> {
    await this.#serving.hands(async () => {
      const settled = await this.#serving.parts.dataPlane.addresses.stopPassingOn();
      if (!settled.ok) throw settled.error;
    });
  }

  #inService(): InService {
    const { now } = this.#serving;
    if (now?.desired.keepalived !== undefined) return now;
    if (now?.desired.bird !== undefined) {
      const what = 'all nodes announce these addresses at the same time, so none moves';
      const instead = 'take a node out with `aorta withdraw`, and back with `aorta announce`';
      throw new Failure('addresses-announced', what, instead);
    }
    const mend = 'declare `ha` and write a node file: docs/how-to/pair.md';
    throw new Failure('no-pair', 'this machine has no addresses that move', mend);
  }
}

/** A node that could not hold addresses must not be left alone with them. */
function refuseUnfit(state: AddressState | undefined): void {
  const mend = 'see `aorta status` of it';
  const unfit = (what: string) => new Failure('node-unfit', what, mend);
  if (state?.keepalived === undefined)
    throw unfit('keepalived does not run on the node that is to take over');
  if (state.health?.fault !== false) throw unfit('HAProxy of the node that is to take over does not serve');
  const faulty = state.instances.find((one) => one.state !== 'backup' && one.state !== 'master');
  if (faulty === undefined) return;
  throw unfit(`the node that is to take over cannot hold ${faulty.name}: it is ${faulty.state ?? 'mute'}`);
}

/** It would take the addresses back at once, and break every connection that was opened elsewhere meanwhile. */
function refusePreferred({ desired: { keepalived } }: InService): void {
  const own = keepalived?.instances.find(({ preempt }) => preempt);
  if (own === undefined) return;
  throw new Failure(
    'addresses-preferred',
    `the addresses of ${own.name} prefer this node and would come back at once`,
    'take `preferred` out of the declaration, or end this machine with `aorta down`',
  );
}
