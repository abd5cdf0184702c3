import { createHash } from 'node:crypto';
import { through } from '../entrance.ts';
import { CABLES, type Cable, SWITCH } from './addresses.ts';
import { feed, ip } from './ip.ts';
import type { Machine } from './machine.ts';

/** The longest name of a link in the kernel. */
const LONGEST_NAME = 15;

/** How a cable is cut: pulled out, which both ends see, or broken somewhere, so that everything is lost without a word. */
export interface Cut {
  /** Absent: every cable of the machine. */
  readonly cable?: Cable | undefined;
  readonly silently?: boolean | undefined;
}

/**
 * Two switches with cables to machines. The network of this process becomes the switches, so it has to be a room of its own;
 * what is in it goes with the room.
 */
export class Network {
  /** The cables of each machine that is plugged in. */
  readonly #plugged = new Map<string, readonly Cable[]>();

  private constructor() {}

  static async open(): Promise<Network> {
    await ip(
      CABLES.flatMap((cable) => [
        // A switch that takes no time to learn who is where, and whose own address is not that of the last machine plugged in:
        // who knew the one before would not reach it for half a minute.
        `link add name ${cable} address ${cardOf(cable)} type bridge forward_delay 0 stp_state 0`,
        `link set dev ${cable} up`,
        ...SWITCH[cable].map((address) => `address add ${address} dev ${cable} nodad`),
      ]),
    );
    await feed([
      'nft',
      ['add table bridge lab; add chain bridge lab forward { type filter hook forward priority 0; }'],
    ]);
    return new Network();
  }

  /** Gives a machine its cables; at its end each has the name of the switch, and these addresses. */
  async plug(machine: Machine, ports: Readonly<Partial<Record<Cable, readonly string[]>>>): Promise<void> {
    const cables = CABLES.filter((cable) => ports[cable] !== undefined);
    await ip(
      cables.flatMap((cable) => {
        const port = portOf(machine.name, cable);
        return [
          `link add name ${port} type veth peer name ${cable} address ${cardOf(port)} netns ${machine.pid}`,
          `link set dev ${port} master ${cable} up`,
        ];
      }),
    );
    const inside = cables.flatMap((cable) => [
      ...(ports[cable] ?? []).map((address) => `address add ${address} dev ${cable} nodad`),
      `link set dev ${cable} up`,
    ]);
    await ip(inside, machine.network);
    this.#plugged.set(machine.name, cables);
  }

  /** Takes the cables away, as when the power goes. */
  async unplug(name: string): Promise<void> {
    await ip(this.#ports(name).map((port) => `link delete dev ${port}`));
    this.#plugged.delete(name);
  }

  async cut(name: string, { cable, silently = false }: Cut = {}): Promise<void> {
    const ports = this.#ports(name, cable);
    if (silently) await portState(ports, 0);
    else await ip(ports.map((port) => `link set dev ${port} down`));
  }

  async mend(name: string): Promise<void> {
    const ports = this.#ports(name);
    await ip(ports.map((port) => `link set dev ${port} up`));
    await portState(ports, 3);
  }

  /** Nothing gets from one of two machines to the other, on neither switch; both still reach everybody else. */
  async split(one: string, other: string): Promise<void> {
    const rules = [
      [one, other],
      [other, one],
    ].flatMap(([from = '', to = '']) =>
      CABLES.map(
        (cable) =>
          `add rule bridge lab forward iifname "${portOf(from, cable)}" oifname "${portOf(to, cable)}" drop`,
      ),
    );
    await feed(['nft', [rules.join('; ')]]);
  }

  /** Ends every split. */
  async join(): Promise<void> {
    await feed(['nft', ['flush chain bridge lab forward']]);
  }

  async mendAll(): Promise<void> {
    await Promise.all([...this.#plugged.keys()].map((name) => this.mend(name)));
    await this.join();
  }

  /** @throws Error when the machine has no such cable */
  #ports(name: string, only?: Cable): string[] {
    const cables = (this.#plugged.get(name) ?? []).filter((cable) => only === undefined || cable === only);
    if (cables.length === 0) throw new Error(`${name} has no ${only ?? ''} cable`.replace('  ', ' '));
    return cables.map((cable) => portOf(name, cable));
  }
}

/** The end of a cable at the switch. */
function portOf(name: string, cable: Cable): string {
  const port = `${cable[0]}.${name}`;
  if (port.length > LONGEST_NAME)
    throw new Error(
      `${name} is too long a name for a machine with cables: at most ${LONGEST_NAME - 2} letters`,
    );
  return port;
}

/** The hardware address of a machine's end: the same one whenever it gets power, as with a real card. */
function cardOf(port: string): string {
  const digest = createHash('sha256').update(port).digest();
  // 02: not from a manufacturer.
  return ['02', ...[...digest.subarray(0, 5)].map((one) => one.toString(16).padStart(2, '0'))].join(':');
}

/** @param state of the kernel's bridge: 0 lets nothing through, 3 everything */
async function portState(ports: readonly string[], state: 0 | 3): Promise<void> {
  await feed(
    through([], 'bridge', ['-batch', '-']),
    ports.map((port) => `link set dev ${port} state ${state}\n`).join(''),
  );
}
