import { contractVersion } from '../../contract/contract-version.ts';
import { Failure } from '../../kernel/failure.ts';
import type { Status } from '../../model/status.ts';
import { call } from '../client.ts';
import type { CliContext } from '../context.ts';
import { skewOf } from './clock-skew.ts';
import type { RemoteNode } from './remote-node.ts';

/** What a node said when it was looked at. */
export type SeenNode =
  | {
      readonly kind: 'answered';
      readonly name: string;
      readonly status: Status;
      /** How far its clock is ahead of ours at least, in milliseconds; negative: behind. */
      readonly skew: number;
    }
  | { readonly kind: 'silent'; readonly name: string; readonly failure: Failure };

/** For a status to come, in milliseconds; HAProxy may take a second or two to be asked. */
const limit = 10_000;

/** Asks all nodes at once. */
export async function look(
  nodes: readonly RemoteNode[],
  { now }: Pick<CliContext, 'now'>,
): Promise<readonly SeenNode[]> {
  return await Promise.all(
    nodes.map(async (node): Promise<SeenNode> => {
      const { name } = node;
      const asked = now();
      try {
        const status = await call(node, 'status', undefined, { limit });
        const answered = now();
        const other = otherContract(name, status);
        if (other !== undefined) return { kind: 'silent', name, failure: other };
        return { kind: 'answered', name, status, skew: skewOf(status.at, asked, answered) };
      } catch (failure) {
        if (failure instanceof Failure) return { kind: 'silent', name, failure };
        throw failure;
      }
    }),
  );
}

/** Why a node cannot be understood: it or this command is too old. */
function otherContract(name: string, { controller }: Partial<Status>): Failure | undefined {
  if (controller?.contract === contractVersion) return undefined;
  const theirs = controller === undefined ? 'an older one' : `version ${controller.contract}`;
  return new Failure(
    'nodes-differ',
    `${name} speaks ${theirs} of the contract between nodes, and this command version ${contractVersion}`,
    'use the same version of Aorta on all nodes and here',
  );
}
