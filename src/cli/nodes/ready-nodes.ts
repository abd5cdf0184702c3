import { Failure } from '../../kernel/failure.ts';
import { heldAddresses } from '../../model/held-addresses.ts';
import type { DeclarationStatus, Status } from '../../model/status.ts';
import type { CliContext } from '../context.ts';
import { clockTime } from '../local-time.ts';
import { look } from './look.ts';
import type { RemoteNode } from './remote-node.ts';

/** A node that can be changed, and what it has in service now. */
export interface ReadyNode {
  readonly node: RemoteNode;
  readonly before: DeclarationStatus;
  /** How many virtual addresses it holds, by which clients reach it. */
  readonly holds: number;
}

/**
 * Asks every node whether it can be changed now.
 * @throws Failure with the first reason against it: then nothing was touched anywhere
 */
export async function readyNodes(
  nodes: readonly RemoteNode[],
  context: Pick<CliContext, 'now'>,
): Promise<readonly ReadyNode[]> {
  const seen = await look(nodes, context);
  return nodes.map((node, index): ReadyNode => {
    const one = seen[index];
    if (one?.kind === 'answered') {
      const { confirmBy, declaration, store } = one.status;
      if (store !== undefined) {
        throw new Failure(
          'bad-request',
          `no node was touched: ${node.name} shares a store, and a change that it is asked for is made by all nodes`,
          `ask one: --node ${node.name}`,
        );
      }
      if (confirmBy === undefined) return { node, before: declaration, holds: held(one.status) };
      throw new Failure(
        'change-pending',
        `no node was touched: on ${node.name} a change waits to be confirmed until ${clockTime(confirmBy)}`,
        `run \`aorta confirm --node ${node.name}\` or \`aorta rollback --node ${node.name}\` first`,
      );
    }
    const { code, message, mend } = one?.failure ?? unseen;
    throw new Failure(code, `no node was touched: ${message}`, mend);
  });
}

function held({ node }: Status): number {
  return heldAddresses(node?.groups ?? []).length;
}

const unseen = { code: 'node-unreachable', message: 'a node was not asked', mend: 'try again' } as const;
