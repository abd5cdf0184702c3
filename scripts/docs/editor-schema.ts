import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { blueprints } from '../../src/blueprints/registry.ts';
import { isMapping, schemaOf } from '../../src/declaration/schema.ts';
import { Declaration } from '../../src/model/declaration.ts';

/** Formats of ours that mean nothing, or (`duration`) something else, to an editor. */
const ownFormats: ReadonlySet<unknown> = new Set(['address', 'network', 'path', 'duration']);

/** JSON Schema for editors: the declaration, with the parameters of each blueprint. */
export function editorSchema(root: string): string {
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
  return formatted(JSON.stringify(forEditors(whole), undefined, 2), root);
}

function forEditors(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forEditors);
  if (!isMapping(value)) return value;
  const { source, range, format, description, $schema, ...rest } = value;
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
    ...(typeof format === 'string' && !ownFormats.has(format) ? { format } : {}),
    ...(about === '' ? {} : { description: about }),
  };
}

/** As the formatter of this repository writes it, so that both agree on the file. */
function formatted(text: string, root: string): string {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  return execFileSync(process.execPath, [biome, 'format', '--stdin-file-path=declaration.schema.json'], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
}
