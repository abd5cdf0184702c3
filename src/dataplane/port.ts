import type { Rendering } from '../ir/rendering.ts';
import type { Code } from '../kernel/codes.ts';
import type { Failure } from '../kernel/failure.ts';
import type { Result } from '../kernel/result.ts';
import type { Absence } from '../model/absence.ts';
import type { AddressMove, Rehearsal } from '../model/address-move.ts';
import type { RuntimeServer, RuntimeState } from '../model/runtime-state.ts';
import type { RuntimeOperation } from '../plan/operation.ts';
import type { EngineAbilities } from '../plan/scene.ts';
import type { AnnouncerPort, WithdrawnBy } from './announcer-port.ts';
import type { ServerCounters, Survey } from './counters-port.ts';
import type { ProbeResult, ServerProbe } from './probe-port.ts';

/**
 * All that the rest of the controller may ask of the machinery that carries the traffic. Refusals that a
 * configuration can cause are results; what the environment does to us is thrown as a {@link Failure}.
 */
export interface DataPlane {
  /** What the installed HAProxy can do. */
  readonly abilities: EngineAbilities;
  /** The addresses that move between the nodes of a pair. */
  readonly addresses: AddressPort;
  /** The addresses that all nodes announce to routers. */
  readonly announcer: AnnouncerPort;
  /**
   * Looks for a HAProxy that an earlier controller left running and takes it over without touching a connection.
   * Removes sockets and pid files of one that is provably dead.
   * @throws Failure `foreign-instance` when something else answers
   */
  adopt(): Promise<Instance | undefined>;
  /** The generation that `current` points to; absent before the first one. */
  current(): Promise<Generation | undefined>;
  /** What to fall back to: the generation that the running HAProxy answers with, else the last that was committed. */
  proven(): Promise<Generation | undefined>;
  /** Writes a rendering to disk. Gives back the current generation when it already holds exactly these files. */
  stage(rendering: Rendering): Promise<StagedGeneration>;
  /** Removes a staged generation that was refused. Never the current one. */
  discard(generation: Generation): Promise<void>;
  /** Lets HAProxy read the staged files. */
  check(generation: Generation): Promise<readonly Problem[]>;
  /** Looks for what a check cannot see: listeners that cannot be bound, limits that are too low. Touches nothing. */
  preflight(generation: Generation): Promise<readonly Problem[]>;
  /** Points `current` to a generation, in one atomic step. `undefined` takes the link away. */
  swap(generation: Generation | undefined): Promise<void>;
  /** Starts HAProxy on the current generation. */
  start(): Promise<Result<Instance, Failure>>;
  /**
   * Makes the running HAProxy read the current generation.
   * @param hands what becomes of weights and admin states that HAProxy was told and no file has: `kept`, because a
   * reload for something else must not put back a server that was taken out; `dropped`, when commands of our own may
   * have left them
   */
  reload(hands?: Hands): Promise<Result<Instance, Failure>>;
  /** Tells the running HAProxy one thing. An error means that it may have been done in part. */
  operate(operation: RuntimeOperation): Promise<Result<void, Failure>>;
  /** Lets the running HAProxy answer with the digest of a generation that it was brought to without a reload. */
  identify(generation: Generation): Promise<Result<void, Failure>>;
  /** Removes what removed servers left behind, as far as their connections have ended. Cheap when there is nothing. */
  sweep(): Promise<void>;
  /** The digest that the running HAProxy answers with; absent when nothing answers. */
  identity(): Promise<string | undefined>;
  /** What the running HAProxy has loaded; absent when none runs. */
  loaded(): Promise<Loaded | undefined>;
  /**
   * Who was over a limit in the last minute, by the table that counts it; absent when none runs, or when it does not
   * have all of these tables.
   */
  overLimit(tables: readonly string[]): Promise<ReadonlyMap<string, OverLimit> | undefined>;
  /** Files of a generation that are no longer as they were written, relative to it; empty when all are. */
  tampered(generation: Generation): Promise<readonly string[]>;
  /** Shakes hands with a listener, as a client would. Never throws. @param timeLimit in milliseconds */
  greet(listener: ListenerPlace, name: string | undefined, timeLimit: number): Promise<Greeting>;
  /** Tries one server as its health check will. Never throws. @param timeLimit in milliseconds */
  probe(server: ServerProbe, timeLimit: number): Promise<ProbeResult>;
  /**
   * All that the running HAProxy says, read so that no request waits for long; absent when none runs. 4,000 servers take
   * about a fifth of a second.
   */
  survey(): Promise<Survey | undefined>;
  /** The state in it, for who waits: 4,000 servers hold one thread of HAProxy for 30 ms. */
  runtimeState(): Promise<RuntimeState | undefined>;
  /**
   * What {@link runtimeState} says of the servers of some backends, in milliseconds however many others there are; absent
   * when none runs. Without what workers of earlier configurations have of them.
   */
  serversIn(backends: readonly string[]): Promise<readonly RuntimeServer[] | undefined>;
  /** Records that a generation is in service and proven, and forgets the oldest ones. */
  commit(generation: Generation): Promise<void>;
  /**
   * Gives the addresses up, lets requests end until the deadline (milliseconds from now), then ends HAProxy. Leaves no
   * process, no socket, and no address that was added.
   */
  stop(deadline: number): Promise<void>;
}

/**
 * What carries the virtual addresses of several nodes: keepalived, which moves them, or BIRD, which announces them; the
 * watchdog that tells it how HAProxy does, and the addresses of this machine's kernel. A generation without a
 * keepalived.conf or bird.conf wants none of it, and on a machine that never had one nothing is looked for, needed or touched.
 */
export interface AddressPort {
  /** Lets keepalived, or BIRD, read the staged file. */
  check(generation: Generation): Promise<readonly Problem[]>;
  /**
   * Makes this machine ready for listeners on the virtual addresses: they are added to the loopback interface, and
   * are not announced from there. Takes nothing away.
   */
  prepare(generation: Generation): Promise<Result<void, Failure>>;
  /**
   * Makes keepalived or BIRD and the watchdog run, on the file of the current generation, which this must be; or ends them
   * when it has none. Takes from the loopback interface what was added earlier and is not wanted any more. Touches
   * nothing that is as it should be.
   */
  bring(current: Generation | undefined): Promise<Result<void, Failure>>;
  /** Whether {@link bring} would have nothing to do. Cheap enough for several times a second. */
  stands(current: Generation): Promise<boolean>;
  /** What this machine holds; absent when it is no node of a pair. */
  state(): Promise<AddressState | undefined>;
  /**
   * Before this machine takes addresses: what comes for connections that it does not have is sent on to the machine
   * that has them, instead of being answered with a reset. In force until {@link stopPassingOn}, or until the limit
   * (milliseconds from now) has passed. Replaces what was in force.
   * @param to by virtual addresses, one machine each
   */
  passOn(to: readonly StrayRoute[], limit: number): Promise<Result<void, Failure>>;
  /** Fine when nothing is passed on. */
  stopPassingOn(): Promise<Result<void, Failure>>;
  /**
   * Gives the addresses of some groups up, then stands by again: when nobody else takes them, they come back by themselves.
   * @returns how long it took until the last address was gone, in milliseconds
   */
  giveUp(groups: readonly string[]): Promise<Result<number, Failure>>;
  /**
   * Leaves groups that prefer this node to every other one that is well, also after a restart of the machine, until
   * {@link comeBack}. When there is no other, it takes them all the same.
   */
  leave(groups: readonly string[], absence: Absence): Promise<Result<void, Failure>>;
  /** Takes these groups back as soon as it may, if they prefer this node. Fine when it never left. */
  comeBack(groups: readonly string[]): Promise<Result<void, Failure>>;
  /**
   * Leaves groups to another node while they move, so that this one does not come before it; until {@link takePart}, or
   * until the limit (milliseconds from now) has passed.
   */
  makeWay(groups: readonly string[], limit: number): Promise<Result<void, Failure>>;
  takePart(): Promise<Result<void, Failure>>;
  /** Before addresses move on purpose: what is remembered of past moves tells that from a fault. */
  noteMove(move: IntendedMove): Promise<void>;
  /** Keeps what a rehearsal found, in the place of the one before. */
  remember(rehearsal: Omit<Rehearsal, 'at'>): Promise<void>;
}

/** @property kind what this machine is about to do */
export interface IntendedMove {
  readonly kind: 'take' | 'give' | 'end';
  /** Of which groups; absent: of all. */
  readonly groups?: readonly string[];
  readonly author?: string;
  readonly reason?: string;
}

/** Where connections to some virtual addresses are, when this machine holds the addresses already. */
export interface StrayRoute {
  readonly addresses: readonly string[];
  /** What the machine that has the connections is reached at, on the network of the virtual addresses. */
  readonly owner: readonly string[];
}

/** What a node of a pair holds, as seen just now. */
export interface AddressState {
  /** Absent when it does not run. */
  readonly keepalived?: { readonly pid: number; readonly version: string };
  /** The same, where addresses are announced. */
  readonly bird?: { readonly pid: number; readonly version: string };
  /** Absent when it does not run: then nobody notices a HAProxy that hangs. */
  readonly watchdog?: { readonly pid: number };
  /** What keepalived is told of HAProxy; absent when nobody has said anything yet. */
  readonly health?: TrackedFile;
  /** What the interfaces of the virtual addresses have besides them, canonical, link-local ones included. */
  readonly ownAddresses: readonly string[];
  /** Those of the current generation, in the order of its file. */
  readonly instances: readonly VrrpInstance[];
  /** When addresses came and left, the oldest first, of all groups that there ever were. */
  readonly moves: readonly AddressMove[];
  /** The last one; absent: none is known. */
  readonly rehearsal?: Rehearsal;
  /** Absent where addresses move. */
  readonly announcement?: AnnouncementState;
}

/** What routers are told by this node. */
export interface AnnouncementState {
  readonly addresses: readonly string[];
  /** Absent: nobody has withdrawn it. @property since in milliseconds since 1970 */
  readonly withdrawal?: WithdrawnBy & { readonly since: number };
  /** In the order of the file. */
  readonly routers: readonly RouterState[];
}

export interface RouterState {
  readonly address: string;
  readonly as: number;
  /** BGP's own word; absent when BIRD does not say. */
  readonly state?: string;
  /** How many addresses it was told. */
  readonly told: number;
  /** What ended the session last, in BIRD's words; absent while it is established. */
  readonly lastError?: string;
}

/** A file that keepalived tracks. */
export interface TrackedFile {
  readonly fault: boolean;
  /** When it was last written, in milliseconds since 1970. */
  readonly since: number;
}

/** Addresses that move together, on this node. */
export interface VrrpInstance {
  readonly name: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  /** `starting`: keepalived has not decided yet. Absent when it does not answer. */
  readonly state?: 'starting' | 'master' | 'backup' | 'fault';
  /**
   * When it came to this state, in milliseconds since 1970, or when keepalived was last reloaded, if that was later (it does
   * not tell them apart); absent while it is starting, or as the state.
   */
  readonly since?: number;
  /** How much it is wanted just now; the node with the most gets the addresses. Absent when keepalived does not answer. */
  readonly priority?: number;
  /** Since when it gives the addresses up, in milliseconds since 1970; absent: it does not. */
  readonly givesUpSince?: number;
  /** Why it does not take the addresses back; absent: it would, or is not preferred. */
  readonly away?: Absence;
  /** @property held whether it is on the interface, whatever keepalived says */
  readonly addresses: readonly { readonly address: string; readonly held: boolean }[];
}

/** See {@link DataPlane.reload}. */
export type Hands = 'kept' | 'dropped';

/** A running HAProxy. */
export interface Instance {
  readonly masterPid: number;
  readonly workerPid: number;
  readonly version: string;
}

/** One immutable set of files on disk. */
export interface Generation {
  readonly number: number;
  readonly digest: string;
  /** When it was written, in milliseconds since 1970. */
  readonly createdAt: number;
}

export interface StagedGeneration {
  readonly generation: Generation;
  /** False when the current generation already held these files and nothing was written. */
  readonly fresh: boolean;
  /** What must be found in the running HAProxy once this generation is in service. */
  readonly frontends: readonly string[];
  readonly servers: readonly { readonly backend: string; readonly name: string }[];
}

/** Why a staged generation is refused, or what is to be known about it. */
export interface Problem {
  readonly code: Code;
  /** Absent: an error. A warning refuses nothing. */
  readonly severity?: 'warning';
  /** The line of haproxy.cfg it is about, from 1; absent when it is about no line. */
  readonly line?: number;
  readonly what: string;
  readonly mend: string;
}

/** What the running HAProxy has in memory besides its servers. */
export interface Loaded {
  /** Certificate files by the name HAProxy knows them under, with the SHA-1 fingerprint of the leaf, lower case hex. */
  readonly certificates: ReadonlyMap<string, string>;
  /** Entries of the lists of networks and names, sorted, by file. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/** How many were over a limit. Who they were is not told. */
export interface OverLimit {
  readonly requests: number;
  /** Sources, or OAuth clients. */
  readonly clients: number;
}

export interface ListenerPlace {
  readonly address: string;
  readonly port: number;
}

/** What a listener showed: its certificates, the leaf first, as SHA-1 fingerprints in lower case hex. */
export type Greeting =
  | { readonly kind: 'chain'; readonly fingerprints: readonly string[] }
  | { readonly kind: 'failed'; readonly what: string };

/**
 * What the controller asks of HAProxy about servers while nothing is changed. All of it is lost with a reload and is
 * weaker than HAProxy's own checks: when the controller is gone, they decide again within seconds.
 */
export interface HealthPort {
  /**
   * Counters of the servers of some backends, of the current worker; absent when none runs. Of more than some dozen
   * backends those of the last {@link DataPlane.survey}, with its time, so that the same may come twice.
   */
  serverCounters(backends: readonly string[]): Promise<ServerCounters | undefined>;
  /** Tells at once when a server goes up or down, over reloads and restarts of HAProxy, until it is ended. */
  follow(listen: (notice: ServerNotice) => void): { end(): Promise<void> };
  /** Sets what HAProxy thinks of a server until its own checks say otherwise (`fall` or `rise` of them in a row). */
  advise(backend: string, server: string, health: 'up' | 'down'): Promise<Result<void, Problem>>;
  /** Ends every request and connection under way to a server, in every worker. Clients get 502 or are tried elsewhere. */
  endSessions(backend: string, server: string): Promise<Result<void, Problem>>;
  /** Allows or forbids to send requests of a pool again for other reasons than a failed connection. Allowed after a reload. */
  allowRetries(backend: string, allowed: boolean): Promise<Result<void, Problem>>;
}

/** HAProxy's own word that a server has changed. Comes within milliseconds. */
export interface ServerNotice {
  readonly backend: string;
  readonly server: string;
  readonly health: 'up' | 'down';
  /** HAProxy's words: `Layer7 timeout`, `Layer4 connection problem`; absent when it was told to. */
  readonly reason?: string;
  /** When it was read, in milliseconds since 1970. */
  readonly at: number;
}
