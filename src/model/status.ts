import type { Absence } from './absence.ts';
import type { Address, Port } from './address.ts';
import type { AddressMove, Rehearsal } from './address-move.ts';
import type { DriftItem } from './drift.ts';
import type { Advice, RungHealth } from './health.ts';
import type { Hostname } from './hostname.ts';
import type { Intent } from './intent.ts';
import type { Name } from './name.ts';
import type { AdminState, OperationalState } from './runtime-state.ts';
import type { Watch } from './watch.ts';

/** What an operator wants to know about the whole, and by whom it is said. */
export interface Status extends ObservedStatus {
  /** The controller that answers. */
  readonly controller: ControllerStatus;
  /** What is in service. */
  readonly declaration: DeclarationStatus;
  /** What the nodes share; absent: this node shares nothing. */
  readonly store?: StoreStatus;
  /** The nodes that this one shares its tables with; absent: with none, or HAProxy does not run. */
  readonly peers?: readonly PeerStatus[];
  /** The keys of TLS session tickets; absent: HAProxy makes keys of its own, which end with its process. */
  readonly tickets?: TicketStatus;
}

export interface PeerStatus {
  readonly node: Name;
  /** False: what this node learns of clients does not come to that one. */
  readonly connected: boolean;
}

export interface TicketStatus {
  /** Of all keys together, 12 hexadecimal digits: equal on two nodes, each takes the tickets of the other. */
  readonly fingerprint: string;
  /** Whether the other nodes of a pair should have the same. */
  readonly ofPair: boolean;
  /** Of the newest key, in milliseconds. */
  readonly age: number;
}

export interface ControllerStatus {
  /** Of Aorta. */
  readonly version: string;
  /** See `contractVersion`. */
  readonly contract: number;
}

export interface DeclarationStatus {
  readonly revision: number;
  /** SHA-256 over the declaration and its files: equal on two nodes, equal desired state. */
  readonly digest: string;
}

/** What the nodes of a pair share, as this node saw it last. */
export interface StoreStatus {
  readonly kind: 'etcd' | 'file';
  /** Absent: it answers. @property since in milliseconds since 1970 @property why a clause */
  readonly away?: { readonly since: number; readonly why: string };
  /** What all nodes have, or are to have; absent: nothing was ever shared, or it was not seen yet. */
  readonly head?: {
    readonly number: number;
    readonly digest: string;
    readonly author: string;
    readonly at: number;
  };
  /** The change under way; absent: none. */
  readonly change?: { readonly digest: string; readonly author: string; readonly at: number };
  /** Every node that ever took part, by name. */
  readonly nodes: readonly SharedNodeStatus[];
}

export interface SharedNodeStatus {
  readonly name: string;
  /** Whether its controller was there in the last seconds. */
  readonly present: boolean;
  /** Of the declaration in service there; absent: none is. */
  readonly digest?: string;
  /** Of Aorta. */
  readonly version: string;
  /** How far it is with the change under way; absent: it has not said anything. */
  readonly verdict?: 'ready' | 'making' | 'has' | 'against';
  /** Why it does not have what the pair has, as a clause. */
  readonly trouble?: string;
}

/** Desired and running state side by side, in words. */
export interface ObservedStatus {
  /** When it was observed, in milliseconds since 1970, by the clock of the machine that says so. */
  readonly at: number;
  readonly site: string;
  /** The HAProxy process; absent when none runs. */
  readonly process?: ProcessStatus;
  readonly services: readonly ServiceStatus[];
  /** Declared machines behind no pool, and those that are watched: what the servers depend on. Shown, not balanced. */
  readonly dependencies: readonly HostStatus[];
  readonly certificates: readonly CertificateStatus[];
  /** What was changed behind Aorta's back and is not resolved. */
  readonly drift: readonly DriftItem[];
  /** This machine as a node of a pair; absent when it is none. */
  readonly node?: NodeStatus;
  /** When the change in service is undone unless it is confirmed, in milliseconds since 1970; absent: none waits. */
  readonly confirmBy?: number;
}

export interface ProcessStatus {
  readonly pid: number;
  readonly version: string;
  /** In milliseconds, since the last start or reload. */
  readonly uptime: number;
  /** The digest that the running HAProxy answers with; absent when it does not answer. */
  readonly digest?: string;
  /** True when HAProxy runs something else than the current generation. */
  readonly drift: boolean;
  /** Workers from before the last reload that still have connections. */
  readonly leavingWorkers: number;
}

/** What a node of a pair holds, as it says itself. */
export interface NodeStatus {
  readonly name: Name;
  /** Whole sentences: why it could not take addresses, or would not be missed. Empty when all is well. */
  readonly conditions: readonly string[];
  /** Its own addresses on the network of the virtual ones: where another node can send what is meant for this one. */
  readonly reachedAt: readonly Address[];
  /** All nodes of the pair, this one included. */
  readonly nodes: readonly Name[];
  /** In the order of the declaration's names; empty where addresses are announced. */
  readonly groups: readonly GroupStatus[];
  /** When its groups came and left, the newest first, the last ones only; absent: none is known. */
  readonly moves?: readonly AddressMove[];
  /** The last rehearsal in which it took part; absent: none is known. */
  readonly rehearsal?: Rehearsal;
  /** Absent where addresses move. */
  readonly announcement?: AnnouncementStatus;
}

/** Virtual addresses that all nodes hold, as one node announces them. */
export interface AnnouncementStatus {
  readonly addresses: readonly Address[];
  /** `announced`: every router was told of all of them; `partly`: some of it; `silent`: no router of any; `withdrawn`: on purpose. */
  readonly state: 'announced' | 'partly' | 'silent' | 'withdrawn';
  /** Who withdrew it, and when, in milliseconds since 1970; absent: nobody has. */
  readonly withdrawal?: { readonly author: string; readonly reason?: string; readonly since: number };
  /** In the order of the declaration's names. */
  readonly routers: readonly RouterStatus[];
}

export interface RouterStatus {
  readonly name: Name;
  readonly address: Address;
  readonly as: number;
  /** BGP's own word: `established`, `active`, `connect`; `unknown`: BIRD does not answer. */
  readonly session: string;
  /** How many addresses it was told, of those of its family. */
  readonly told: number;
  readonly of: number;
}

/** Virtual addresses that move together, as one node sees them. */
export interface GroupStatus {
  readonly name: Name;
  /** `master`: it holds them; `backup`: it would take them; `fault`: it cannot; `unknown`: keepalived does not answer. */
  readonly state: 'master' | 'backup' | 'fault' | 'starting' | 'unknown';
  /** When it came to this state, or keepalived was last reloaded, in milliseconds since 1970; absent when not known. */
  readonly since?: number;
  /** True when it takes them back from every other node as soon as it is well; unless it is away. */
  readonly preferred: boolean;
  /** The node that does; absent: none. */
  readonly prefers?: Name;
  /** Why it leaves them to the other nodes although it is preferred; absent: it does not. */
  readonly away?: Absence;
  /** How much this node is wanted just now; of those that are well, the one with the most takes over. Absent when not known. */
  readonly priority?: number;
  /** @property held whether it is on the interface, whatever keepalived says */
  readonly addresses: readonly { readonly address: Address; readonly held: boolean }[];
}

export interface HostStatus {
  readonly name: Name;
  readonly address: Address;
  readonly roles: readonly Name[];
  /** By port; empty when nothing of it is watched. */
  readonly watches: readonly WatchStatus[];
}

export interface WatchStatus {
  readonly port: Port;
  readonly type: Watch['type'];
  /** Absent: all roles of the machine. */
  readonly role?: Name;
  /** `unknown`: HAProxy does not run, does not have it, or has not checked it yet. */
  readonly state: 'up' | 'down' | 'unknown';
  /** When that last changed, in milliseconds since 1970; absent when `unknown`. */
  readonly since?: number;
  /** The result of the last check, in words. */
  readonly check?: string;
}

/** `healthy`: every server takes requests; `degraded`: some do; `down`: none does, or HAProxy does not run. */
export type ServiceState = 'healthy' | 'degraded' | 'down';

export interface ServiceStatus {
  readonly name: Name;
  readonly hostnames: readonly Hostname[];
  readonly state: ServiceState;
  /** Whole sentences: why the state is what it is. Empty when all is well. */
  readonly conditions: readonly string[];
  readonly listeners: readonly ListenerStatus[];
  readonly servers: readonly ServerStatus[];
}

export interface ListenerStatus {
  readonly protocol: 'https' | 'http' | 'redirect';
  readonly address: Address;
  readonly port: Port;
  /** True when the running HAProxy accepts clients there. */
  readonly open: boolean;
}

export interface ServerStatus {
  readonly name: Name;
  /** The machine it runs on, when that is declared. */
  readonly host?: Name;
  readonly address: Address;
  readonly port: Port;
  /** `unknown`: the running HAProxy does not have it. */
  readonly state: ServerState;
  /** What its checks say, also when it is drained; `no-check` in maintenance. Absent when `unknown`. */
  readonly health?: OperationalState;
  /** Within this time a check begins and ends, in milliseconds. */
  readonly checkedWithin: number;
  /** When the operational state last changed, in milliseconds since 1970. */
  readonly since?: number;
  /** Requests and tunnels under way; a connection that is kept for the next request is none. */
  readonly sessions?: number;
  /** HAProxy's workers from before the last reload that may still send it requests; absent: none. */
  readonly oldSenders?: number;
  readonly weight?: number;
  /** The result of the last check, in words. */
  readonly check?: string;
  /** Its deep checks, in the order of the declaration; empty when there are none, or none has been made known yet. */
  readonly rungs: readonly RungHealth[];
  /** What HAProxy is told about it just now, against its own checks; absent: nothing. */
  readonly advice?: Advice;
  /** Why the check fails, found out by a TLS handshake of our own; absent when there is nothing to find. */
  readonly cause?: string;
  /** Those in force about it, also when it is their host that they name. */
  readonly intents: readonly Intent[];
}

/** What the operator wants comes first: a server in maintenance is that, whatever its checks say. */
export type ServerState = Exclude<AdminState, 'ready'> | OperationalState | 'unknown';

export interface CertificateStatus {
  readonly name: Name;
  /** DNS names and addresses that it covers. */
  readonly covers: readonly string[];
  /** SHA-256, lower-case hexadecimal. */
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  /** Whole days until it expires; negative when it has expired. */
  readonly daysLeft: number;
}
