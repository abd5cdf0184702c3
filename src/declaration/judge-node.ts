import type { Finding } from '../kernel/diagnostic.ts';
import type { Configuration } from '../model/configuration.ts';
import type { NodeFacts } from '../model/node.ts';
import { nodeFileHint } from './node-file.ts';
import { haPath, nodesPath } from './pair.ts';

/** Whether this machine can take part in the pair that a declaration is about: it must be one of its nodes. */
export function* judgeNode({ ha }: Configuration, { node }: Pick<NodeFacts, 'node'>): Generator<Finding> {
  if (ha === undefined) return;
  const names = ha.nodes.map(({ name }) => name).join(', ');
  if (node === undefined) {
    yield {
      code: 'node-file-missing',
      severity: 'error',
      path: haPath,
      what: 'there is a pair, and no node file says which of its nodes this machine is',
      mend: `${nodeFileHint} to \`node.yaml\` in the state directory, or name the file with \`--node-file\`; nodes: ${names}`,
    };
  } else if (ha.nodes.every(({ name }) => name !== node.name)) {
    yield {
      code: 'node-unknown',
      severity: 'error',
      path: nodesPath,
      what: `this machine is "${node.name}", by its node file, and the pair has no such node`,
      mend: `correct the node file, or add the node here; nodes: ${names}`,
    };
  }
}
