export const protocols = ['http1', 'http2'] as const;

/** What HAProxy takes while so many connections are open and nobody asks for anything. All sizes are bytes. */
export interface Footprint {
  readonly protocol: (typeof protocols)[number];
  /** That the client opened, one after the other. */
  readonly connections: number;
  /** That were still open when it was measured. */
  readonly open: number;
  readonly resident: number;
  /** The same with what it shares with others counted in part. */
  readonly proportional: number;
  /** What HAProxy has taken for objects of its own; the rest is mostly that of the TLS library. */
  readonly pools: number;
  /** Of the whole machine: both ends of each connection, and whatever else runs. */
  readonly kernel: number;
}

/** What each connection between two numbers of them adds, in KiB. */
export interface Slope {
  readonly resident: number;
  readonly proportional: number;
  readonly pools: number;
  readonly kernel: number;
}

export function slope(from: Footprint, to: Footprint): Slope {
  const each = (what: keyof Slope) => (to[what] - from[what]) / (to.connections - from.connections) / 1_024;
  return {
    resident: each('resident'),
    proportional: each('proportional'),
    pools: each('pools'),
    kernel: each('kernel'),
  };
}

/** How many connections fit into so many bytes of one process, by a straight line through two measurements. */
export function fitting(bytes: number, from: Footprint, to: Footprint): number {
  const each = (to.proportional - from.proportional) / (to.connections - from.connections);
  return Math.floor(from.connections + (bytes - from.proportional) / each);
}
