/** What the running HAProxy says about itself at one moment. Names are those of haproxy.cfg. */
export interface RuntimeState {
  /** When it was read, in milliseconds since 1970. */
  readonly at: number;
  readonly process: RuntimeProcess;
  readonly frontends: readonly RuntimeFrontend[];
  readonly servers: readonly RuntimeServer[];
}

export interface RuntimeProcess {
  /** The process that stays over reloads. */
  readonly masterPid: number;
  /** The process that carries new connections. */
  readonly workerPid: number;
  /** Workers of earlier configurations that still end their connections. */
  readonly leavingWorkers: readonly number[];
  readonly version: string;
  /** How long the current worker has run, in milliseconds. */
  readonly uptime: number;
  /** Reloads since the master was started, failed ones included. */
  readonly reloads: number;
}

export interface RuntimeFrontend {
  readonly name: string;
  /** `full` means that the limit of connections is reached and new clients wait. */
  readonly status: 'open' | 'full' | 'stopped';
  readonly sessions: number;
  /** Requests since the worker was started. */
  readonly requests: number;
}

/** What the operator wants of a server. */
export type AdminState = 'ready' | 'drain' | 'maintenance';

/** What the checks say about a server. `going-up` is still down, `going-down` is still up. */
export type OperationalState = 'up' | 'going-down' | 'down' | 'going-up' | 'no-check';

export interface RuntimeServer {
  readonly backend: string;
  readonly name: string;
  /** Address and port as HAProxy writes them: `10.0.0.1:443`, `[2001:db8::1]:443`. */
  readonly address: string;
  readonly admin: AdminState;
  readonly operational: OperationalState;
  /** The last finished check; absent when the server is not checked or was not checked yet. */
  readonly check?: RuntimeCheck;
  /** When the operational state last changed, in milliseconds since 1970. */
  readonly since: number;
  /** Workers of earlier configurations that may still send it requests, whatever is wanted now; absent: none. */
  readonly oldSenders?: number;
  /** Of every worker, those of earlier configurations included. */
  readonly sessions: number;
  /** As it was given; 0 is drained. What is in force may be less while a server starts slowly. */
  readonly weight: number;
}

export interface RuntimeCheck {
  /** HAProxy's code: `L4CON`, `L6RSP`, `L7OK`, ... */
  readonly result: string;
  /** The status of the answer, for checks that got one. */
  readonly status?: number;
  /** HAProxy's own words about it; absent when it has none. */
  readonly description?: string;
  /** How long the check took, in milliseconds. */
  readonly duration?: number;
}

/** Whether HAProxy sends it requests, its weight and what the operator wants aside. */
export function isUp({ operational }: Pick<RuntimeServer, 'operational'>): boolean {
  return operational === 'up' || operational === 'going-down' || operational === 'no-check';
}

/** Whether it is meant to get requests; of others the health does not matter. */
export function isWanted({ admin, weight }: Pick<RuntimeServer, 'admin' | 'weight'>): boolean {
  return admin === 'ready' && weight > 0;
}
