/** The addresses of the lab's pair. All of it is in a room, so that every run has the same ones. */

/** The clients' network, and the one of the servers and of what the nodes tell each other. */
export const CABLES = ['front', 'back'] as const;
export type Cable = (typeof CABLES)[number];

/** The balancers, in the order of their priority; the last one is there only where a scenario has three. */
export const NODES = ['lb-a', 'lb-b', 'lb-c'] as const;
export type NodeName = (typeof NODES)[number];

/** The first three numbers of the servers' addresses. */
export const SERVERS = '10.78.0';
/** The first three numbers of the clients' addresses. */
export const CLIENTS = '10.77.90';
/** Where clients come from that nobody wants. */
export const crowdAddress = '10.77.91.1';

/** Of the switch itself: the gateway of the clients' network, and where we ask the servers how they are. */
export const SWITCH: Readonly<Record<Cable, readonly string[]>> = {
  front: ['10.77.0.1/16', 'fd77::1/64'],
  back: [`${SERVERS}.254/24`, 'fd78::fe/64'],
};
export const GATEWAY = '10.77.0.1';

/** What clients connect to. One of each family: both have to move. The second is for apps that move on their own. */
export const VIRTUAL = { apis: '10.77.0.10', apps: 'fd77::11', second: '10.77.0.11' } as const;

/** @returns the address of a node on the clients' network and on the other one */
export function nodeAddresses(name: NodeName): { readonly address: string; readonly pairAddress: string } {
  const host = NODES.indexOf(name) + 2;
  return { address: `10.77.0.${host}`, pairAddress: `${SERVERS}.${host}` };
}

/** What is put on the ports of a node, with the lengths of the networks. */
export function nodePorts(name: NodeName): Readonly<Record<Cable, readonly string[]>> {
  const host = NODES.indexOf(name) + 2;
  const { address, pairAddress } = nodeAddresses(name);
  return {
    front: [`${address}/16`, `fd77::${host}/64`],
    back: [`${pairAddress}/24`, `fd78::${host}/64`],
  };
}

/** @param host the last number of a server's address */
export function serverPort(address: string): readonly string[] {
  return [`${address}/24`, `fd78::${address.split('.')[3] ?? ''}/64`];
}

/** @param applications how many clients have an address of their own */
export function clientPort(applications: number): readonly string[] {
  const own = Array.from({ length: applications }, (_, index) => `${CLIENTS}.${index + 1}/16`);
  return [...own, `${crowdAddress}/16`, 'fd77::90/64'];
}
