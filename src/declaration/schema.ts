import { z } from 'zod';
import { Bug } from '../kernel/bug.ts';
import type { Path } from '../kernel/path.ts';

/** The part of JSON Schema that our models produce: for suggestions, defaults and the reference. */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  /** Where the default value comes from. */
  readonly source?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | false;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly format?: string;
  /** Bounds of a duration, in words. */
  readonly range?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  /** Keys that it had in earlier versions, and what to write instead. */
  readonly formerKeys?: Readonly<Record<string, string>>;
}

/** The schema of what an operator may write, as data. */
export function schemaOf(type: z.ZodType): SchemaNode {
  return z.toJSONSchema(type, { io: 'input', reused: 'inline' }) as SchemaNode;
}

/** The alternative of a discriminated union that a value belongs to; the node itself when it is no union. */
export function alternativeFor(node: SchemaNode, value: unknown): SchemaNode | undefined {
  if (node.oneOf === undefined) return node;
  const { key, alternatives } = discriminatorOf(node);
  const wanted = isMapping(value) ? value[key] : undefined;
  return alternatives.get(wanted);
}

/** The key whose value chooses among the alternatives, and the alternatives by that value. */
export function discriminatorOf(node: SchemaNode): {
  readonly key: string;
  readonly alternatives: ReadonlyMap<unknown, SchemaNode>;
} {
  const [first, ...rest] = node.oneOf ?? [];
  const key = Object.entries(first?.properties ?? {}).find(
    ([name, property]) =>
      property.const !== undefined && rest.every((other) => other.properties?.[name]?.const !== undefined),
  )?.[0];
  if (node.oneOf === undefined || key === undefined) throw new Bug('a union without a discriminator');
  return {
    key,
    alternatives: new Map(
      node.oneOf.map((alternative) => [alternative.properties?.[key]?.const, alternative]),
    ),
  };
}

/** The schema that governs the value at a path, following unions by what was written. */
export function schemaAt(root: SchemaNode, path: Path, value: unknown): SchemaNode | undefined {
  let node: SchemaNode | undefined = alternativeFor(root, value);
  let current = value;
  for (const step of path) {
    if (node === undefined) return undefined;
    const next: SchemaNode | undefined = typeof step === 'number' ? node.items : memberOf(node, step);
    current = childOf(current, step);
    node = next === undefined ? undefined : alternativeFor(next, current);
  }
  return node;
}

/** The schema of a member of a mapping, by its key; own keys only, because an operator may write `constructor`. */
export function memberOf(node: SchemaNode, key: string): SchemaNode | undefined {
  const { properties, additionalProperties: open } = node;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
  return open === false ? undefined : open;
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function childOf(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return value[Number(step)] as unknown;
  return isMapping(value) && Object.hasOwn(value, step) ? value[String(step)] : undefined;
}
