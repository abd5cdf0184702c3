import { Failure } from '../../kernel/failure.ts';
import { formatEndpoint, toEndpoint } from '../../model/endpoint.ts';
import { isName } from '../../model/name.ts';
import { nodeListFile } from '../../pki/pair-files.ts';
import { endingSoon } from '../../pki/pair-keys.ts';
import type { ControllerPlace } from '../client.ts';
import type { CliContext } from '../context.ts';
import type { WhereOptions } from '../options.ts';
import { knownNodes, operatorKeys } from './keys-directory.ts';
import type { RemoteNode } from './remote-node.ts';

/**
 * The nodes that a command is about; empty when it is about the controller of this machine.
 * @throws Failure `unknown-node`, `bad-request`, and what is wrong with the keys
 */
export async function nodesOf(
  { node: named = [], keys: directory }: WhereOptions,
  { now, warn }: Pick<CliContext, 'now' | 'warn'>,
): Promise<readonly RemoteNode[]> {
  if (named.length === 0) return [];
  const keys = await operatorKeys(directory, now());
  const soon = endingSoon(keys, 'of the operator', now());
  if (soon !== undefined) warn(`${soon}\n`);
  const known = named.some((name) => isName(name)) ? await knownNodes(directory) : new Map();
  const nodes = named.map((name): RemoteNode => {
    if (!isName(name)) {
      const endpoint = toEndpoint(name);
      if (endpoint !== undefined) return { name, endpoint, covers: endpoint.host, keys };
      const mend = 'use a name of nodes.yaml, or HOST:PORT';
      throw new Failure('bad-request', `${JSON.stringify(name)} is no node`, mend);
    }
    const endpoint = known.get(name);
    if (endpoint !== undefined) return { name, endpoint, covers: name, keys };
    const file = nodeListFile(directory);
    const names = [...known.keys()].join(', ');
    throw new Failure('unknown-node', `${file} has no node ${name}`, `use one of: ${names}; or HOST:PORT`);
  });
  for (const [index, { name, endpoint }] of nodes.entries()) {
    const twin = nodes.findIndex((other) => formatEndpoint(other.endpoint) === formatEndpoint(endpoint));
    if (twin < index) {
      const what = `${nodes[twin]?.name ?? ''} and ${name} are the same node`;
      throw new Failure('bad-request', what, 'name each node once');
    }
  }
  return nodes;
}

/** The one controller that a command is about. @throws Failure as {@link nodesOf}, and when several are named */
export async function controllerOf(options: WhereOptions, context: CliContext): Promise<ControllerPlace> {
  const [first, ...others] = await nodesOf(options, context);
  if (others.length > 0) {
    const mend = 'run it for each node by itself';
    throw new Failure('bad-request', 'this command is about one node at a time', mend);
  }
  return first ?? context.machine.controlSocket(options.state);
}

/** The same command for one of several nodes. */
export function only({ name }: RemoteNode, { keys }: WhereOptions): WhereOptions {
  return { state: '', node: [name], keys };
}
