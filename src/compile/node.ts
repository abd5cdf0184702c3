import type { NodeIr } from '../ir/node.ts';
import type { Configuration } from '../model/configuration.ts';
import type { NodeFacts } from '../model/node.ts';
import { compileBird } from './bird.ts';
import { compileKeepalived } from './keepalived.ts';

/** What a machine has to be told besides HAProxy, as one of several. */
export function compileNode(configuration: Configuration, node: NodeFacts): NodeIr {
  const [keepalived, bird] = [compileKeepalived(configuration, node), compileBird(configuration, node)];
  return { ...(keepalived === undefined ? {} : { keepalived }), ...(bird === undefined ? {} : { bird }) };
}
