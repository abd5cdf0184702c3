import { blueprints } from '../../src/blueprints/registry.ts';
import { isMapping, schemaOf } from '../../src/declaration/schema.ts';
import { Declaration } from '../../src/model/declaration.ts';

/** Formats of ours that mean nothing, or (`duration`) something else, to an editor. */
const ownFormats: ReadonlySet<unknown> = new Set(['address', 'network', 'path', 'duration']);

/** JSON Schema for editors: the declaration, with the parameters of each blueprint. */
export function editorSchema(): string {
  const schema = schemaOf(Declaration);
  const uses = [...blueprints.values()].map((blueprint) => schemaOf(blueprint.parameters));
  const [only] = uses;
  const properties = {
    ...schema.properties,
    services: {
      ...schema.properties?.services,
      additionalProperties: uses.length === 1 ? only : { oneOf: uses },
    },
  };
  const whole = {
    $id: 'declaration.schema.json',
    title: 'Aorta declaration',
    ...schema,
    properties,
    // Sections with a default may be left out.
    required: ['aorta', 'site'],
  };
  return JSON.stringify(forEditors(whole), undefined, 2);
}

function forEditors(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forEditors);
  if (!isMapping(value)) return value;
  const { source, range, format, pattern, description, $schema, formerKeys: _, ...rest } = value;
  // A property may be called `description`, `format` or `source` itself; keywords are texts.
  const kept = (key: string, keyword: unknown) =>
    keyword === undefined || typeof keyword === 'string' ? {} : { [key]: forEditors(keyword) };
  const about = [description, source].filter((part) => typeof part === 'string').join(' ');
  return {
    ...(typeof $schema === 'string' && value.$id !== undefined ? { $schema } : {}),
    ...Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, forEditors(inner)])),
    ...kept('description', description),
    ...kept('source', source),
    ...kept('range', range),
    ...kept('format', format),
    ...kept('pattern', pattern),
    // Classes of characters need a flag that not every editor sets; without it the pattern would refuse everything.
    ...(typeof pattern === 'string' && !pattern.includes('\\p{') ? { pattern } : {}),
    ...(typeof format === 'string' && !ownFormats.has(format) ? { format } : {}),
    ...(about === '' ? {} : { description: about }),
  };
}
