import type { Finding } from '../kernel/diagnostic.ts';
import type { Configuration, ConfiguredService } from '../model/configuration.ts';
import type { NodeSharing } from '../model/node.ts';
import { haPath } from './pair.ts';

const unkept = 'what one node knows of clients is lost when another takes over';

/** What a node of a pair does not share with the others although there is something to share. */
export function* adviseNode(
  { ha, virtualServices }: Configuration,
  sharing: Pick<NodeSharing, 'apiPort'> | undefined,
): Generator<Finding> {
  if (ha === undefined) return;
  const encrypted = virtualServices.some(({ listeners }) => listeners.some(isEncrypted));
  const counted = virtualServices.some(hasTables);
  if (sharing === undefined && (encrypted || counted)) {
    yield {
      code: 'state-not-shared',
      severity: 'advice',
      path: haPath,
      what: `this node has no keys, so it shares no ${shared(counted, encrypted)}`,
      why: unkept,
      mend: 'make keys with `aorta pair keys`, and write `keys` and `api` into its node file',
    };
  } else if (sharing?.apiPort === undefined && encrypted) {
    yield {
      code: 'state-not-shared',
      severity: 'advice',
      path: haPath,
      what: 'the controller of this node does not answer the others, so it shares no keys of TLS tickets',
      why: unkept,
      mend: 'write `api` into its node file',
    };
  }
}

function isEncrypted({ protocol }: ConfiguredService['listeners'][number]): boolean {
  return protocol === 'https';
}

function hasTables({ pool, limits }: ConfiguredService): boolean {
  const counts = limits?.perSource !== undefined || limits?.perClient !== undefined;
  return pool.persistence.type === 'sourceAddress' || counts;
}

function shared(tables: boolean, tickets: boolean): string {
  return [...(tables ? ['tables of clients'] : []), ...(tickets ? ['keys of TLS tickets'] : [])].join(
    ' and ',
  );
}
