import type { Name } from '../../model/name.ts';
import { call } from '../client.ts';
import type { CliContext } from '../context.ts';
import { poll } from '../poll.ts';
import type { RemoteNode } from './remote-node.ts';

/**
 * Lets the connections end that are open on a node, and waits for the last of them.
 * @param groups by whose addresses they came; absent: all, where all nodes announce the addresses
 * @param end when that is given up, in milliseconds since 1970
 * @returns `none`: there was nothing to end; `cut`: some were still open at the end
 */
export async function retireConnections(
  node: RemoteNode,
  groups: readonly Name[] | undefined,
  end: number,
  { now }: Pick<CliContext, 'now'>,
): Promise<'none' | 'ended' | 'cut'> {
  const { retired } = await call(node, 'retire', groups === undefined ? {} : { groups: [...groups] });
  const ask = () => call(node, 'status');
  const polled = await poll({ ask, now, deadline: end - now() }, ({ process }) =>
    process === undefined || process.leavingWorkers === 0 ? true : undefined,
  );
  if (polled.kind !== 'found') return 'cut';
  return retired ? 'ended' : 'none';
}
