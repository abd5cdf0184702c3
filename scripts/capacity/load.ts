/** What a site asks of the machines in its busiest minute. */
export interface SiteLoad {
  readonly requestsPerSecond: number;
  /** Of the requests, those that begin with a new connection. */
  readonly newConnections: number;
  /** Of the new connections, those that resume a TLS session. */
  readonly resumed: number;
  /** Of the answers, those of 50 KB; the others have 2 KB. */
  readonly largeAnswers: number;
  readonly openConnections: number;
  readonly key: 'ecdsa' | 'rsa';
  readonly tls: 'bridging' | 'offload';
  /** API servers; each is checked for both virtual services. */
  readonly servers: number;
  /** From one health check of a server to the next, in seconds. */
  readonly checkInterval: number;
}

/** One of the machines that the sites are served with. */
export interface Machine {
  readonly cores: number;
  /** In GiB. */
  readonly memory: number;
  /** Of the cores, what is used in the busiest minute while every machine is well. */
  readonly use: number;
}

/** What a machine costs a month, in whatever money you pay with. */
export interface Cost {
  readonly core: number;
  readonly gib: number;
}

export const assumedLoad: SiteLoad = {
  requestsPerSecond: 50,
  newConnections: 0.1,
  resumed: 0.5,
  largeAnswers: 0.1,
  openConnections: 500,
  key: 'ecdsa',
  tls: 'bridging',
  servers: 4,
  checkInterval: 0.5,
};

export const assumedMachine: Machine = { cores: 4, memory: 8, use: 0.5 };

export const assumedCost: Cost = { core: 20, gib: 4 };
