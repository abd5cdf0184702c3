import { type Diagnostic, sortDiagnostics } from '../kernel/diagnostic.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { NodeIdentity } from '../model/node.ts';
import { NodeFile } from '../model/node-file.ts';
import { Origins } from './origins.ts';
import { parseDeclaration } from './parse.ts';
import { checkShape, shapeOf } from './shape.ts';

const shape = shapeOf(NodeFile);

/** How a node file is begun, for whoever has none. */
export const nodeFileHint = 'write `node: NAME` and `interface: NAME`';

/** The text of a node file to what it says. All findings are reported, at their places in it. */
export function readNodeFile(text: string, file: string): Result<NodeIdentity, readonly Diagnostic[]> {
  const parsed = parseDeclaration(text, file);
  if (!parsed.ok) return err(parsed.error.map(aboutNodeFile));
  const { value, findings } = checkShape(shape, parsed.value.root, []);
  if (value === undefined) {
    const origins = new Origins(parsed.value);
    return err(sortDiagnostics(findings.map((finding) => origins.diagnose(finding))));
  }
  const { node: name, interface: front, serverInterface } = value;
  return ok({ name, interface: front, ...(serverInterface === undefined ? {} : { serverInterface }) });
}

/** The parser speaks of declarations, where it says what the text should have been. */
function aboutNodeFile(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.code !== 'file-empty') return diagnostic;
  return { ...diagnostic, what: 'the file is empty', mend: nodeFileHint };
}
