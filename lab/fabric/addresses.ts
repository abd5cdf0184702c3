/** The addresses of the lab's fabric: a router, and behind it nodes that announce to it. All of it is in a room. */

export const FABRIC_NODES = ['lb-a', 'lb-b', 'lb-c'] as const;
export type FabricNode = (typeof FABRIC_NODES)[number];

/** The router, on the nodes' network; servers are on the same machine. */
export const ROUTER = '10.77.0.1';
export const SERVER_PORTS = [8_001, 8_002] as const;

/** What clients connect to. No machine has it on its network: where it is, the router is told. */
export const ANNOUNCED = { address: '10.99.0.10', port: 8_080 } as const;

/** Where clients are, and where the router is to them. */
export const CLIENT = '10.78.0.2';
export const CLIENTS_GATEWAY = '10.78.0.1';

export const NODES_AS = 65_010;
export const ROUTER_AS = 65_001;

export function addressOf(name: FabricNode): string {
  return `10.77.0.${FABRIC_NODES.indexOf(name) + 11}`;
}

/** The node at an address, as servers see it. */
export function nodeAt(address: string): FabricNode | undefined {
  return FABRIC_NODES.find((name) => addressOf(name) === address);
}
