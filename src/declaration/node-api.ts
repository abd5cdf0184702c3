import { z } from 'zod';
import type { Diagnostic, Finding } from '../kernel/diagnostic.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { Name } from '../model/name.ts';
import { type NodeApi, type NodeKeys, nodeApiFields } from '../model/node-api.ts';
import { Text } from '../model/text.ts';
import { Origins } from './origins.ts';
import { parseDeclaration } from './parse.ts';
import { checkShape, shapeOf } from './shape.ts';

/** Where the controller of a node answers over the network, and by which keys. */
export interface NetworkApi extends NodeApi {
  readonly node: Name;
  readonly keys: NodeKeys;
}

/** The whole node file; of what is not about the API only the names are known here. */
const NodeFile = z.strictObject({
  node: Name,
  interface: Text.optional(),
  pairInterface: Text.optional(),
  ...nodeApiFields,
});
const shape = shapeOf(NodeFile);

/** Reads of a node file how its controller is reached. @returns undefined when it answers on its socket only */
export function readNodeApi(
  text: string,
  file: string,
): Result<NetworkApi | undefined, readonly Diagnostic[]> {
  const tree = parseDeclaration(text, file);
  if (!tree.ok) return tree;
  const { value, findings } = checkShape(shape, tree.value.root, []);
  const all = value?.api !== undefined && value.keys === undefined ? [...findings, withoutKeys] : findings;
  const origins = new Origins(tree.value);
  if (all.length > 0) return err(all.map((finding) => origins.diagnose(finding)));
  if (value?.api === undefined || value.keys === undefined) return ok(undefined);
  return ok({ ...value.api, node: value.node, keys: value.keys });
}

const withoutKeys: Finding = {
  code: 'missing-key',
  severity: 'error',
  path: ['api'],
  what: '"keys" is missing',
  why: 'nobody is answered over the network who does not show a certificate of the pair',
  mend: 'add it: the directory of the files that `aorta pair keys` made for this node',
};
