import { Failure } from '../../kernel/failure.ts';
import type { Status } from '../../model/status.ts';

/** Nothing moves where all nodes hold all addresses. @throws Failure `addresses-announced` */
export function refuseAnnounced({ node }: Status): void {
  if (node?.announcement === undefined) return;
  throw new Failure(
    'addresses-announced',
    'all nodes announce these addresses at the same time, so none moves',
    'take a node out with `aorta withdraw`, and back with `aorta announce`',
  );
}
