import { z } from 'zod';
import type { Diagnostic } from '../kernel/diagnostic.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type Endpoint, EndpointText } from '../model/endpoint.ts';
import { Name } from '../model/name.ts';
import { Origins } from './origins.ts';
import { parseDeclaration } from './parse.ts';
import { checkShape, shapeOf } from './shape.ts';

/** The nodes that an operator knows by name, and where their controllers answer. */
export type NodeList = ReadonlyMap<string, Endpoint>;

const shape = shapeOf(z.record(Name, EndpointText));

/** Reads `nodes.yaml`: one `NAME: HOST:PORT` a line. */
export function readNodeList(text: string, file: string): Result<NodeList, readonly Diagnostic[]> {
  const tree = parseDeclaration(text, file);
  if (!tree.ok) return tree;
  const { value, findings } = checkShape(shape, tree.value.root, []);
  const origins = new Origins(tree.value);
  if (value === undefined) return err(findings.map((finding) => origins.diagnose(finding)));
  return ok(new Map(Object.entries(value)));
}
