/** The addresses of the lab's fabric: a router, and behind it nodes that announce to it. All of it is in a room. */

export const FABRIC_NODES = ['lb-a', 'lb-b', 'lb-c'] as const;
export type FabricNode = (typeof FABRIC_NODES)[number];

export const FAMILIES = ['ipv4', 'ipv6'] as const;
export type Family = (typeof FAMILIES)[number];

export const SERVER_PORTS = [8_001, 8_002] as const;
/** Of the service. */
export const SERVICE_PORT = 8_080;

export const NODES_AS = 65_010;
export const ROUTER_AS = 65_001;

/** Who is where, in one family. */
export interface Plan {
  readonly family: Family;
  /** The router, on the nodes' network; servers are on the same machine. */
  readonly router: string;
  /** What clients connect to. No machine has it on its network: where it is, the router is told. */
  readonly announced: string;
  /** One more of these. */
  readonly further: string;
  /** Where clients are, and where the router is to them. */
  readonly client: string;
  readonly clientsGateway: string;
  /** Of a network, in bits. */
  readonly length: number;
  readonly nodes: Readonly<Record<FabricNode, string>>;
}

export const PLANS: Readonly<Record<Family, Plan>> = {
  ipv4: {
    family: 'ipv4',
    router: '10.77.0.1',
    announced: '10.99.0.10',
    further: '10.99.0.11',
    client: '10.78.0.2',
    clientsGateway: '10.78.0.1',
    length: 24,
    nodes: { 'lb-a': '10.77.0.11', 'lb-b': '10.77.0.12', 'lb-c': '10.77.0.13' },
  },
  ipv6: {
    family: 'ipv6',
    router: 'fd77::1',
    announced: 'fd99::10',
    further: 'fd99::11',
    client: 'fd78::2',
    clientsGateway: 'fd78::1',
    length: 64,
    nodes: { 'lb-a': 'fd77::11', 'lb-b': 'fd77::12', 'lb-c': 'fd77::13' },
  },
};

/** The node at an address, as servers see it. */
export function nodeAt({ nodes }: Plan, address: string): FabricNode | undefined {
  return FABRIC_NODES.find((name) => nodes[name] === address);
}

/** A line for `ip` that gives an interface its address. Without the wait for a duplicate: nobody else is there. */
export function addressLine({ family, length }: Plan, address: string, device: string): string {
  return `address add ${address}/${length} dev ${device}${family === 'ipv6' ? ' nodad' : ''}`;
}
