import { isDeepStrictEqual } from 'node:util';
import { discriminatorOf, type SchemaNode } from '../../src/declaration/schema.ts';
import { anchor, code, idOf, pathText, table, valueText } from './markdown.ts';
import { defaultWords, isBlock, typeWords } from './type-words.ts';

type Properties = Readonly<Record<string, SchemaNode>>;

/** A key and everything below it: a section for each mapping, a row for each key. */
export function keySections(node: SchemaNode, path: readonly string[], depth = 2): string[] {
  const { node: block, path: at } = innermost(node, path);
  const described = describe(node);
  const inner = describe(block);
  const lines = [
    anchor(idOf(path)),
    '',
    `${'#'.repeat(Math.min(depth, 4))} ${code(pathText(at))}`,
    '',
    ...(inner.startsWith(described.replace(/\.$/, '')) ? [inner] : [described]),
    '',
    ...(inner === '' || inner.startsWith(described.replace(/\.$/, '')) ? [] : [inner, '']),
  ];
  if (block.oneOf !== undefined) return [...lines, ...unionTables(block, at, depth)];
  if (block.properties === undefined) return [...lines, `Type: ${typeWords(block)}.`, ''];
  return [
    ...lines,
    ...keyTable(block.properties, block.required ?? [], at),
    ...below(block.properties, at, depth),
  ];
}

/** Keys that all alternatives share once, then what each alternative has of its own. */
function unionTables(node: SchemaNode, path: readonly string[], depth: number): string[] {
  const { key, alternatives } = discriminatorOf(node);
  const all = [...alternatives.entries()];
  const [first] = all;
  const shared = Object.fromEntries(
    Object.entries(first?.[1].properties ?? {}).filter(
      ([name, property]) =>
        name !== key &&
        all.every(([, alternative]) => isDeepStrictEqual(alternative.properties?.[name], property)),
    ),
  );
  const choices = all.map(([value]) => code(valueText(value))).join(', ');
  const lines = [
    ...table(
      ['Key', 'Type', 'Default', 'Meaning'],
      [
        [
          `${anchor(idOf([...path, key]))}${code(key)}`,
          choices,
          '**required**',
          'Chooses among the forms below.',
        ],
        ...rows(shared, first?.[1].required ?? [], path),
      ],
    ),
    ...below(shared, path, depth),
  ];
  lines.push(...below(shared, path, depth));
  for (const [value, alternative] of all) {
    const own = Object.fromEntries(
      Object.entries(alternative.properties ?? {}).filter(([name]) => name !== key && !(name in shared)),
    );
    const title = `With ${code(`${key}: ${valueText(value)}`)}`;
    if (Object.keys(own).length === 0) {
      lines.push(`${title}: no further keys.`, '');
      continue;
    }
    const place = [...path, `@${valueText(value)}`];
    lines.push(
      `${title}:`,
      '',
      ...keyTable(own, alternative.required ?? [], place),
      ...below(own, place, depth),
    );
  }
  return lines;
}

export function keyTable(
  properties: Properties,
  required: readonly string[],
  path: readonly string[],
): string[] {
  return table(['Key', 'Type', 'Default', 'Meaning'], rows(properties, required, path));
}

function rows(properties: Properties, required: readonly string[], path: readonly string[]): string[][] {
  return Object.entries(properties).map(([name, node]) => {
    const at = [...path, name];
    const link = hasSection(node) ? `[${code(name)}](#${idOf(at)})` : `${anchor(idOf(at))}${code(name)}`;
    return [link, typeWords(node), defaultWords(node, required.includes(name)), meaning(node)];
  });
}

/** Sections for the keys that have keys of their own. */
export function below(properties: Properties, path: readonly string[], depth: number): string[] {
  return Object.entries(properties)
    .filter(([, node]) => hasSection(node))
    .flatMap(([name, node]) => keySections(node, [...path, name], depth + 1));
}

function hasSection(node: SchemaNode): boolean {
  return isBlock(innermost(node, []).node);
}

/** Through lists and mappings by name, to what they hold. */
function innermost(
  node: SchemaNode,
  path: readonly string[],
): { readonly node: SchemaNode; readonly path: readonly string[] } {
  if (node.type === 'array' && node.items !== undefined) return innermost(node.items, [...path, '[]']);
  const value = node.additionalProperties;
  if (node.properties === undefined && value !== undefined && value !== false) {
    return innermost(value, [...path, 'NAME']);
  }
  return { node, path };
}

function describe(node: SchemaNode): string {
  return node.description ?? '';
}

function meaning(node: SchemaNode): string {
  return [describe(node), node.source === undefined ? '' : `*${node.source}*`]
    .filter((part) => part !== '')
    .join(' ');
}
