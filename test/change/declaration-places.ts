import { blueprints } from '../../src/blueprints/registry.ts';
import { discriminatorOf, type SchemaNode, schemaOf } from '../../src/declaration/schema.ts';
import { Declaration } from '../../src/model/declaration.ts';

/** The whole language: the model, with the parameters of every blueprint where a blueprint is used. */
export function languageSchema(): SchemaNode {
  const model = schemaOf(Declaration);
  const uses = [...blueprints.values()].map(({ parameters }) => schemaOf(parameters));
  const services: SchemaNode = { type: 'object', additionalProperties: { oneOf: uses } };
  return { ...model, properties: { ...model.properties, services } };
}

/**
 * Every property that an operator can set: single values, lists of them, blocks that may be left out, and entries of
 * mappings and of lists. `*` stands for any name, `[]` for any entry, and `(http)` for the alternative that has it:
 * `virtualServices.*.pool.healthCheck(http).path`. What can have one value only is none.
 */
export function placesOf(schema: SchemaNode, at = ''): string[] {
  if (schema.oneOf !== undefined) {
    const { key, alternatives } = discriminatorOf(schema);
    return [...alternatives].flatMap(([name, alternative]) => {
      const own = placesOf(alternative, `${at}(${String(name)})`);
      return alternatives.size > 1 ? [`${at}(${String(name)}).${key}`, ...own] : own;
    });
  }
  if (schema.const !== undefined) return [];
  if (isValue(schema)) return [at];
  const { properties = {}, required = [], additionalProperties: open, items } = schema;
  return [
    ...Object.entries(properties).flatMap(([key, child]) => {
      const place = at === '' ? key : `${at}.${key}`;
      const isOptional = !isValue(child) && !required.includes(key) && child.default === undefined;
      // An empty mapping says what an absent one does.
      const isBlock = isOptional && child.additionalProperties === false;
      return [...(isBlock ? [place] : []), ...placesOf(child, place)];
    }),
    ...(open === undefined || open === false ? [] : entriesOf(open, `${at}.*`)),
    ...(items === undefined ? [] : entriesOf(items, `${at}[]`)),
  ];
}

function entriesOf(entry: SchemaNode, place: string): string[] {
  return isValue(entry) ? [place] : [place, ...placesOf(entry, place)];
}

/** One that is written as a whole: text, a number, or a list of these. */
function isValue({ type, items, oneOf }: SchemaNode): boolean {
  if (oneOf !== undefined || type === 'object') return false;
  return type !== 'array' || (items !== undefined && isValue(items));
}
