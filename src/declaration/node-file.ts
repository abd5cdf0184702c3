import { type Diagnostic, type Finding, sortDiagnostics } from '../kernel/diagnostic.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Name } from '../model/name.ts';
import type { NodeIdentity } from '../model/node.ts';
import type { NodeApi, NodeKeys } from '../model/node-api.ts';
import { NodeFile } from '../model/node-file.ts';
import { Origins } from './origins.ts';
import { parseDeclaration } from './parse.ts';
import { checkShape, shapeOf } from './shape.ts';

const shape = shapeOf(NodeFile);

/** How a node file is begun, for whoever has none. */
export const nodeFileHint = 'write `node: NAME` and `interface: NAME`';

/** By which keys a node shows the others who it is. */
export interface NamedKeys {
  readonly node: Name;
  /** Paths are as they were written. */
  readonly keys: NodeKeys;
}

/** Where the controller of a node answers over the network, and by which keys. */
export interface NetworkApi extends NodeApi, NamedKeys {}

/** What a machine says of itself. */
export interface NodeSettings {
  /** Absent: it cannot take part in a pair. */
  readonly identity?: NodeIdentity;
  /** Absent: the controller answers on its socket only. */
  readonly api?: NetworkApi;
  /** Absent: it shares no state with other nodes. */
  readonly keys?: NamedKeys;
}

/** The text of a node file to what it says. All findings are reported, at their places in it. */
export function readNodeFile(text: string, file: string): Result<NodeSettings, readonly Diagnostic[]> {
  const parsed = parseDeclaration(text, file);
  if (!parsed.ok) return err(parsed.error.map(aboutNodeFile));
  const { value, findings } = checkShape(shape, parsed.value.root, []);
  const all = value?.api !== undefined && value.keys === undefined ? [...findings, withoutKeys] : findings;
  if (value === undefined || all.length > 0) {
    const origins = new Origins(parsed.value);
    return err(sortDiagnostics(all.map((finding) => origins.diagnose(finding))));
  }
  const { node: name, interface: front, serverInterface, api, keys } = value;
  const servers = serverInterface === undefined ? {} : { serverInterface };
  return ok({
    ...(front === undefined ? {} : { identity: { name, interface: front, ...servers } }),
    ...(api === undefined || keys === undefined ? {} : { api: { ...api, node: name, keys } }),
    ...(keys === undefined ? {} : { keys: { node: name, keys } }),
  });
}

const withoutKeys: Finding = {
  code: 'missing-key',
  severity: 'error',
  path: ['api'],
  what: '"keys" is missing',
  why: 'nobody is answered over the network who does not show a certificate of the pair',
  mend: 'add it: the directory of the files that `aorta pair keys` made for this node',
};

/** The parser speaks of declarations, where it says what the text should have been. */
function aboutNodeFile(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.code !== 'file-empty') return diagnostic;
  return { ...diagnostic, what: 'the file is empty', mend: nodeFileHint };
}
