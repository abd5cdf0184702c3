import { type SchemaNode, schemaOf } from '../../src/declaration/schema.ts';
import { Name } from '../../src/model/name.ts';
import { HeaderName, UrlPath } from '../../src/model/text.ts';
import { code, valueText } from './markdown.ts';

const wordsByPattern = new Map([
  [schemaOf(Name).pattern, 'name'],
  [schemaOf(UrlPath).pattern, 'URL path'],
  [schemaOf(HeaderName).pattern, 'header name'],
]);

const wordsByFormat: Readonly<Record<string, string>> = {
  address: 'address',
  network: 'network',
  hostname: 'host name',
  path: 'file',
};

/** The type of a value, for people. */
export function typeWords(node: SchemaNode): string {
  if (node.const !== undefined) return code(valueText(node.const));
  if (node.enum !== undefined) return node.enum.map((value) => code(valueText(value))).join(' or ');
  if (node.oneOf !== undefined || node.properties !== undefined) return 'mapping';
  if (node.type === 'array') return `list of ${plural(typeWords(node.items ?? {}))}`;
  if (node.type === 'object') {
    const value = node.additionalProperties;
    return value === undefined || value === false || isBlock(value)
      ? 'mapping by name'
      : `mapping of name to ${typeWords(value)}`;
  }
  if (node.type === 'integer' || node.type === 'number') return numberWords(node);
  if (node.format === 'duration') return `duration${node.range === undefined ? '' : ` ${node.range}`}`;
  return wordsByFormat[node.format ?? ''] ?? wordsByPattern.get(node.pattern) ?? 'text';
}

/** Whether a value has keys of its own, and so a section of its own. */
export function isBlock(node: SchemaNode): boolean {
  return node.oneOf !== undefined || node.properties !== undefined;
}

function numberWords({ minimum, maximum }: SchemaNode): string {
  return minimum === undefined || maximum === undefined
    ? 'whole number'
    : `${minimum.toLocaleString('en')} to ${maximum.toLocaleString('en')}`;
}

function plural(words: string): string {
  if (words.startsWith('`')) return words;
  if (/^\d/.test(words)) return `numbers, ${words}`;
  return words.endsWith('address') ? `${words}es` : `${words}s`;
}

/** A default for people; empty when there is none. */
export function defaultWords(node: SchemaNode, required: boolean): string {
  if (required) return '**required**';
  const { default: value } = node;
  if (value === undefined) return 'none';
  if (isBlock(node) && typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return entries.length === 0
      ? 'its own defaults'
      : code(entries.map(([key, inner]) => `${key}: ${valueText(inner)}`).join(', '));
  }
  if (Array.isArray(value))
    return value.length === 0 ? 'empty' : code(`[${value.map(valueText).join(', ')}]`);
  if (typeof value === 'object') return 'empty';
  return code(valueText(value));
}
