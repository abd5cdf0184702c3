import type { AddressState, StrayRoute, VrrpInstance } from '../dataplane/port.ts';
import type { FrontendIr } from '../ir/haproxy.ts';
import { Failure } from '../kernel/failure.ts';
import type { Result } from '../kernel/result.ts';
import type { Rehearsal } from '../model/address-move.ts';
import { heldAddresses } from '../model/held-addresses.ts';
import { endConnections } from './end-connections.ts';
import type { InService, Serving } from './serving.ts';

/** What a node gave up. */
export interface GivenUp {
  readonly addresses: readonly string[];
  /** Until the last of them was gone, in milliseconds. */
  readonly took: number;
}

/**
 * This node's part when groups of addresses move on purpose. Whoever asks the nodes does so in this order: those that are to
 * have nothing to do with it {@link makeWay}, one {@link take}s, another {@link give}s, and {@link retire}s its connections
 * once the taker has the addresses; when none is left, the others {@link settle}.
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
   * on to it. If this node had left the groups to others, it comes back.
   * @param routes empty when nobody has to give anything up
   * @param limit in milliseconds, after which that ends by itself
   * @throws Failure `no-pair`, `node-unfit`, `nftables-missing`, `addresses-not-permitted`
   */
  async take(groups: readonly string[], routes: readonly StrayRoute[], limit: number): Promise<void> {
    await this.#serving.hands(async () => {
      const { addresses } = this.#serving.parts.dataPlane;
      this.#inService();
      refuseUnfit(groups, await addresses.state());
      if (routes.length > 0) valueOf(await addresses.passOn(routes, limit));
      await addresses.noteMove({ kind: 'take', groups });
      valueOf(await addresses.comeBack(groups));
    });
  }

  /**
   * Gives groups up and stands by again; where it is preferred, it leaves them to others until it {@link take}s them.
   * Whatever is under way here goes on.
   * @throws Failure `no-pair`, `addresses-failed`
   */
  async give(groups: readonly string[], author: string, reason: string | undefined): Promise<GivenUp> {
    return await this.#serving.hands(async () => {
      const { dataPlane, clock } = this.#serving.parts;
      const preferred = preferredOf(this.#inService());
      const giving = named(groups, await dataPlane.addresses.state()).filter(
        (one) => heldAddresses([one]).length > 0,
      );
      const held = heldAddresses(giving);
      if (held.length === 0) return { addresses: [], took: 0 };
      const why = reason === undefined ? '' : `: ${reason}`;
      this.#note(`${author} moves ${held.join(', ')} to another node${why}`);
      const names = giving.map(({ name }) => name);
      await dataPlane.addresses.noteMove({
        kind: 'give',
        groups: names,
        author,
        ...(reason === undefined ? {} : { reason }),
      });
      const leaving = names.filter((name) => preferred.has(name));
      const absence = { since: clock.now(), author, ...(reason === undefined ? {} : { reason }) };
      if (leaving.length > 0) valueOf(await dataPlane.addresses.leave(leaving, absence));
      const gone = await dataPlane.addresses.giveUp(names);
      if (!gone.ok) {
        await dataPlane.addresses.comeBack(leaving);
        throw gone.error;
      }
      return { addresses: held, took: gone.value };
    });
  }

  /**
   * Leaves groups to the node that is to have them, for as long as they move.
   * @param limit in milliseconds, after which that ends by itself
   * @throws Failure `no-pair`
   */
  async makeWay(groups: readonly string[], limit: number): Promise<void> {
    await this.#serving.hands(async () => {
      this.#inService();
      valueOf(await this.#serving.parts.dataPlane.addresses.makeWay(groups, limit));
    });
  }

  /**
   * Lets the connections that are open here end: HAProxy is reloaded, so that each client is told to open its next
   * connection anew, and finds it where the addresses are. Clients of groups that this node keeps find it here again. To
   * be called when nobody comes here any more; some may still have come while the network learned where the addresses are,
   * so once is not always enough.
   * @returns whether there was anything to end
   * @throws Failure `no-pair`, `node-unfit` when this node holds an address of these groups, `reload-failed`
   */
  async retire(groups: readonly string[]): Promise<boolean> {
    return await this.#serving.hands(async () => {
      const { dataPlane } = this.#serving.parts;
      const { ir } = this.#inService().desired;
      const gone = named(groups, await dataPlane.addresses.state());
      const held = heldAddresses(gone);
      if (held.length > 0) {
        const what = `this node holds ${held.join(', ')}: clients would come back here`;
        throw new Failure('node-unfit', what, 'let it give its addresses up first');
      }
      const addresses = gone.flatMap((one) => one.addresses.map(({ address }) => address));
      const names = namesAt(ir.frontends, addresses);
      return await endConnections(dataPlane, (frontend) => names.has(frontend));
    });
  }

  /** Sends nothing on, and makes way for nobody any more. @throws Failure `nftables-missing`, `addresses-not-permitted` */
  async settle(): Promise<void> {
    await this.#serving.hands(async () => {
      const { addresses } = this.#serving.parts.dataPlane;
      valueOf(await addresses.takePart());
      valueOf(await addresses.stopPassingOn());
    });
  }

  /** Keeps what a rehearsal found, which moved addresses from this node or to it. @throws Failure `no-pair` */
  async remember(found: Omit<Rehearsal, 'at'>): Promise<void> {
    this.#inService();
    await this.#serving.parts.dataPlane.addresses.remember(found);
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
function refuseUnfit(groups: readonly string[], state: AddressState | undefined): void {
  const mend = 'see `aorta status` of it';
  const unfit = (what: string) => new Failure('node-unfit', what, mend);
  if (state?.keepalived === undefined)
    throw unfit('keepalived does not run on the node that is to take over');
  if (state.health?.fault !== false) throw unfit('HAProxy of the node that is to take over does not serve');
  const faulty = named(groups, state).find((one) => one.state !== 'backup' && one.state !== 'master');
  if (faulty === undefined) return;
  throw unfit(`the node that is to take over cannot hold ${faulty.name}: it is ${faulty.state ?? 'mute'}`);
}

/** The groups that this node would take back at once, which would break every connection that was opened elsewhere meanwhile. */
function preferredOf({ desired: { keepalived } }: InService): ReadonlySet<string> {
  return new Set((keepalived?.instances ?? []).filter(({ preempt }) => preempt).map(({ name }) => name));
}

/** @throws Failure `no-pair` when this node does not take part in one of these */
function named(groups: readonly string[], state: AddressState | undefined): readonly VrrpInstance[] {
  return groups.map((group) => {
    const found = state?.instances.find(({ name }) => name === group);
    if (found !== undefined) return found;
    const mend = 'apply the same declaration to all nodes';
    throw new Failure('no-pair', `this machine has no group of addresses ${group}`, mend);
  });
}

/** The frontends by which a client comes to one of these addresses. */
function namesAt(frontends: readonly FrontendIr[], addresses: readonly string[]): ReadonlySet<string> {
  const at = new Set([...addresses, '0.0.0.0', '::']);
  return new Set(
    frontends.filter(({ binds }) => binds.some(({ address }) => at.has(address))).map(({ name }) => name),
  );
}

function valueOf<T>(result: Result<T, Failure>): T {
  if (!result.ok) throw result.error;
  return result.value;
}
