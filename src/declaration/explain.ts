import { byCodeUnits } from '../kernel/order.ts';
import type { Path } from '../kernel/path.ts';
import { Declaration } from '../model/declaration.ts';
import type { Ha } from '../model/ha.ts';
import type { Draft, Entry } from './draft.ts';
import type { Origin } from './origins.ts';
import { haPath, toConfiguredHa } from './pair.ts';
import { alternativeFor, childOf, isMapping, type SchemaNode, schemaAt, schemaOf } from './schema.ts';

/** One value of the full expansion, and why it is what it is. */
export interface Explained {
  /** In the expanded declaration. */
  readonly path: Path;
  /** A text, number or boolean; an empty mapping or list stands for itself. */
  readonly value: unknown;
  readonly origin: ExplainedOrigin;
  /** What the setting means, from the model. */
  readonly description?: string;
}

export type ExplainedOrigin = Origin | { readonly kind: 'default'; readonly source?: string };

let schema: SchemaNode | undefined;

/** The full expansion with every default, one entry a value, in the order of the model. */
export function explain(draft: Draft): readonly Explained[] {
  schema ??= schemaOf(Declaration);
  const sections = schema.properties ?? {};
  const explained: Explained[] = [
    { path: ['site'], value: draft.site, origin: draft.origins.of(['site']), ...describe(sections.site) },
  ];
  for (const section of ['hosts', 'authorities', 'certificates', 'virtualServices'] as const) {
    const entrySchema = sections[section]?.additionalProperties;
    if (entrySchema === undefined || entrySchema === false) continue;
    const entries: readonly Entry<unknown>[] = [...draft[section].values()];
    for (const entry of [...entries].sort((a, b) => byCodeUnits(a.name, b.name))) {
      walk(entry.raw, entrySchema, entry.path, draft, explained);
    }
  }
  if (draft.ha !== undefined && sections.ha !== undefined) {
    walk(draft.ha.raw, sections.ha, haPath, draft, explained);
    if (draft.ha.value !== undefined) settle(draft.ha.value, sections.ha, draft, explained);
  }
  return explained;
}

/** What a pair has although it was not written, because it follows from the rest of the declaration. */
function settle(ha: Ha, node: SchemaNode, draft: Draft, into: Explained[]): void {
  const { nodes, groups } = toConfiguredHa(ha, draft);
  const values = [
    ...nodes.map(({ path, pairAddress }) => [[...path, 'pairAddress'], pairAddress] as const),
    ...groups.flatMap(({ path, addresses, virtualRouterId }) => [
      [[...path, 'addresses'], addresses] as const,
      [[...path, 'virtualRouterId'], virtualRouterId] as const,
    ]),
  ];
  for (const [path, value] of values) {
    const steps = path.slice(haPath.length);
    if (steps.reduce(childOf, draft.ha?.raw) !== undefined) continue;
    into.push({ path, value, origin: { kind: 'default' }, ...describe(schemaAt(node, steps, undefined)) });
  }
}

function walk(raw: unknown, node: SchemaNode, path: Path, draft: Draft, into: Explained[]): void {
  const here = alternativeFor(node, raw) ?? node;
  if (isMapping(raw)) {
    const keys = here.properties === undefined ? Object.keys(raw).sort() : Object.keys(here.properties);
    for (const key of keys) {
      const child =
        here.properties?.[key] ??
        (here.additionalProperties === false ? undefined : here.additionalProperties);
      if (child === undefined) continue;
      const value = childOf(raw, key);
      if (value !== undefined) walk(value, child, [...path, key], draft, into);
      else if (child.default !== undefined) walkDefault(child.default, child, [...path, key], into);
    }
    return;
  }
  if (Array.isArray(raw) && raw.some((item) => typeof item === 'object')) {
    for (const [index, item] of raw.entries()) walk(item, here.items ?? {}, [...path, index], draft, into);
    return;
  }
  into.push({ path, value: raw, origin: draft.origins.of(path), ...describe(node) });
}

function walkDefault(value: unknown, node: SchemaNode, path: Path, into: Explained[]): void {
  const here = alternativeFor(node, value) ?? node;
  if (here.properties !== undefined) {
    for (const [key, child] of Object.entries(here.properties)) {
      const inner = childOf(value, key) ?? child.default;
      if (inner !== undefined) walkDefault(inner, child, [...path, key], into);
    }
    return;
  }
  const origin =
    node.source === undefined
      ? { kind: 'default' as const }
      : { kind: 'default' as const, source: node.source };
  into.push({ path, value, origin, ...describe(node) });
}

function describe(node: SchemaNode | undefined): { readonly description?: string } {
  return node?.description === undefined ? {} : { description: node.description };
}

/** The entries at or below a path; a path of the operator's file leads to what was made from it. */
export function explainPath(explained: readonly Explained[], wanted: Path): readonly Explained[] {
  return explained.filter(
    ({ path, origin }) =>
      startsWith(path, wanted) || (origin.kind !== 'default' && startsWith(origin.path, wanted)),
  );
}

function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => String(step) === String(path[index]));
}
