import type { Entrance } from '../entrance.ts';
import type { Estate } from '../estate.ts';
import type { Cut } from '../pair/network.ts';
import type { Program } from '../pair/processes.ts';
import type { Pair, StateSample } from './recording.ts';

/** Where a scenario takes place: the servers, what carries the traffic to them, and the links between. */
export interface Setting {
  readonly estate: Estate;
  readonly estateDirectory: string;
  readonly clients: Clients;
  readonly links: Links;
  readonly product: Commands;
  /** Where there are several balancers. */
  readonly pair?: PairSetting;
  /** Begins to ask the product what it says of itself. */
  startWatching(): void;
  /** @returns what it said, by time; times are milliseconds since 1970 */
  stopWatching(): Promise<readonly StateSample[]>;
}

export interface Clients {
  /** What they connect to. */
  readonly reached: Reached;
  /** Where a second group of addresses moves on its own: half of them connect to this one. */
  readonly second?: Reached;
  /** The first three numbers of the addresses that they come from. */
  readonly sources: string;
  /** Where a crowd comes from. */
  readonly crowd: string;
  /** Where they run. */
  readonly entrance: Entrance;
}

export interface Reached {
  readonly address: string;
  readonly port: number;
  readonly hostname: string;
}

export interface Links {
  cut(machines: readonly string[], how: Cut): Promise<void>;
  mend(machines: readonly string[]): Promise<void>;
  mendAll(): Promise<void>;
  loseDns(): Promise<void>;
  /** Packets to port 53 so far. */
  dnsQueries(): Promise<number>;
}

/** The product's command. */
export interface Commands {
  /** Commands that did not end well, and what they said. */
  readonly failures: readonly string[];
  /** @param on the balancers on which it is run; where there is one only, nobody says it */
  run(words: readonly string[], on: readonly string[]): Promise<void>;
  /** Applies the declaration with other parameters of the blueprint. */
  apply(parameters: Readonly<Record<string, unknown>>, how: Apply): Promise<void>;
  /** Patches hosts one after the other. @param patch what is done to each */
  roll(hosts: readonly string[], patch: (host: string) => Promise<void>): Promise<void>;
}

export interface Apply {
  /** The balancers that are asked; none: both, or the only one. */
  readonly on: readonly string[];
  /** It has to be refused with these words. */
  readonly refused?: string | undefined;
}

export interface StatusWords {
  readonly says?: string | undefined;
  readonly never?: string | undefined;
}

/** As `aorta status --json` has it, as far as the lab looks at it. */
export interface PairStatus {
  readonly moves: readonly {
    readonly from?: string;
    readonly to: string;
    readonly cause?: { readonly kind: string };
    readonly outage: { readonly kind: string; readonly least: number; readonly most: number };
  }[];
  readonly findings: readonly { readonly what: string }[];
}

export interface PairSetting {
  /** By name. */
  readonly nodes: ReadonlyMap<string, Balancer>;
  /** Cuts what lies between two nodes, and nothing else. */
  split(one: string, other: string): Promise<void>;
  join(): Promise<void>;
  /** Moves addresses on purpose, by the product's command. */
  failOver(words: readonly string[]): Promise<void>;
  /** Moves them there and back while the command asks them itself. */
  rehearse(words: readonly string[]): Promise<void>;
  /** Asks all nodes what they are doing. Remembered as a command that failed when the answer lacks words, or has others. */
  expectStatus(words: StatusWords): Promise<void>;
  status(): Promise<PairStatus>;
  /** Ends members of the shared store at once. */
  stopStore(members: number): Promise<void>;
  /** Starts those that were ended. Resolves when the store answers. */
  startStore(): Promise<void>;
  /** Who has had the virtual addresses until now; times are milliseconds since 1970. */
  seen(): Pair;
}

/** A machine that balances. */
export interface Balancer {
  /** To every process of a program. */
  kill(program: Program, signal: 'SIGKILL' | 'SIGTERM'): void;
  /** SIGSTOP to a program, or to everything. */
  freeze(program?: Program): void;
  thaw(program?: Program): void;
  powerCut(): Promise<void>;
  /** Resolves when it is in service again. */
  powerOn(): Promise<void>;
  /** Starts what was ended there. Resolves when it is in service. */
  up(): Promise<void>;
}
