import type { Scenario } from '../scenario/schema.ts';
import { NODES, type NodeName, VIRTUAL } from './addresses.ts';

/** Which balancers there are, and what moves between them. */
export interface Layout {
  readonly nodes: readonly NodeName[];
  /** First the address that clients use most. */
  readonly virtual: { readonly apis: string; readonly apps: string };
  /** Groups of their own for both addresses, each with a node that it prefers; absent: both move together. */
  readonly groups?: Readonly<Record<string, { readonly addresses: string[]; readonly preferred: NodeName }>>;
}

export function layoutOf({ pair }: Pick<Scenario, 'pair'>): Layout {
  const { nodes = 2, spread = false, preferred } = pair ?? {};
  const all = NODES.slice(0, nodes);
  if (spread) {
    const { apis, second: apps } = VIRTUAL;
    return {
      nodes: all,
      virtual: { apis, apps },
      groups: {
        apis: { addresses: [apis], preferred: 'lb-a' },
        apps: { addresses: [apps], preferred: 'lb-b' },
      },
    };
  }
  const { apis, apps } = VIRTUAL;
  const main = preferred === undefined ? undefined : { addresses: [apis, apps], preferred };
  return { nodes: all, virtual: { apis, apps }, ...(main === undefined ? {} : { groups: { main } }) };
}
