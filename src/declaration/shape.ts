import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { Code } from '../kernel/codes.ts';
import type { Finding } from '../kernel/diagnostic.ts';
import type { Path } from '../kernel/path.ts';
import { isPlain, quote } from '../kernel/quote.ts';
import {
  alternativeFor,
  childOf,
  discriminatorOf,
  isMapping,
  memberOf,
  type SchemaNode,
  schemaAt,
  schemaOf,
} from './schema.ts';

/** A schema with what is needed to explain a refusal in the operator's words. */
export interface Shape<T extends z.ZodType> {
  readonly type: T;
  readonly schema: SchemaNode;
}

/** The schema is made when it is first needed: it takes a fifth of the start of a command, and most find nothing wrong. */
export function shapeOf<T extends z.ZodType>(type: T): Shape<T> {
  let schema: SchemaNode | undefined;
  return {
    type,
    get schema() {
      schema ??= schemaOf(type);
      return schema;
    },
  };
}

/**
 * Checks a value against a shape.
 * @param at where the value stands in the declaration
 * @returns the normalised value, or every finding
 */
export function checkShape<T extends z.ZodType>(
  shape: Shape<T>,
  value: unknown,
  at: Path,
): { readonly value?: z.output<T>; readonly findings: readonly Finding[] } {
  const parsed = shape.type.safeParse(value);
  if (parsed.success) return { value: parsed.data, findings: [] };
  return { findings: parsed.error.issues.flatMap((issue) => explainIssue(issue, shape.schema, value, at)) };
}

function explainIssue(issue: z.core.$ZodIssue, root: SchemaNode, value: unknown, at: Path): Finding[] {
  const path = issue.path as Path;
  const finding = (code: Code, what: string, mend: string, relative: Path = path): Finding => ({
    code,
    severity: 'error',
    path: [...at, ...relative],
    what,
    mend,
  });
  const found = valueAt(value, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const { properties = {}, formerKeys = {} } = schemaAt(root, path, value) ?? {};
      const mend = (key: string): string =>
        (Object.hasOwn(formerKeys, key) ? formerKeys[key] : undefined) ??
        mendKey(key, Object.keys(properties), keysOf(found));
      return issue.keys.map((key) =>
        finding('unknown-key', `unknown key ${show(key)}`, mend(key), [...path, key]),
      );
    }
    case 'invalid_type': {
      const schema = schemaAt(root, path, value);
      if (found === undefined) return [explainMissing([...at, ...path], schema?.description, finding)];
      const wanted = typeNames[issue.expected] ?? issue.expected;
      const what = `expected ${wanted}, found ${describeType(found)}`;
      return [finding('wrong-type', what, mendType(issue.expected, schema))];
    }
    case 'invalid_value': {
      const choices = `one of ${listOf(issue.values)}`;
      if (found === undefined) return [explainMissing([...at, ...path], choices, finding)];
      return [
        finding('invalid-value', `${show(found)} is not allowed here`, mendChoice(found, issue.values)),
      ];
    }
    case 'invalid_union':
      return [explainUnion(root, value, path, finding)];
    case 'invalid_key':
    case 'invalid_element': {
      const { mend } = splitRefusal(issue.issues[0]?.message ?? '');
      return [finding('invalid-name', `${show(String(path.at(-1)))} cannot be used as a name`, mend)];
    }
    case 'too_small':
      return [outOfBounds(issue.origin, issue.minimum, 'least', found, finding)];
    case 'too_big':
      return [outOfBounds(issue.origin, issue.maximum, 'most', found, finding)];
    default: {
      const { predicate, mend } = splitRefusal(issue.message);
      const subject = isMapping(found) ? 'this entry' : show(found);
      return [finding('invalid-value', `${subject} ${predicate}`, mend)];
    }
  }
}

/** The model words its refusals as `PREDICATE: MEND`. */
function splitRefusal(message: string): { readonly predicate: string; readonly mend: string } {
  const colon = message.indexOf(': ');
  if (colon === -1) return { predicate: 'is not allowed here', mend: `correct it: ${lowerFirst(message)}` };
  return { predicate: message.slice(0, colon), mend: message.slice(colon + 2) };
}

function explainMissing(path: Path, about: string | undefined, finding: MakeFinding): Finding {
  const [sentence = ''] = (about ?? 'it has no default').split(/\.(?: |$)/);
  return finding(
    'missing-key',
    `${quote(String(path.at(-1)))} is missing`,
    `add it: ${lowerFirst(sentence)}`,
  );
}

type MakeFinding = (code: Code, what: string, mend: string, relative?: Path) => Finding;

function outOfBounds(
  origin: string,
  bound: number | bigint,
  side: 'least' | 'most',
  value: unknown,
  finding: MakeFinding,
): Finding {
  if (!Array.isArray(value) && typeof value !== 'string') {
    const what = `${show(value)} is too ${side === 'least' ? 'small' : 'large'}`;
    return finding('invalid-value', what, `use at ${side} ${bound}`);
  }
  const [noun, unit] = origin === 'array' ? ['list', 'entries'] : ['text', 'characters'];
  if (value.length === 0) return finding('invalid-value', `the ${noun} is empty`, 'write at least one thing');
  const what = `a ${noun} of ${value.length} ${unit} is too ${side === 'least' ? 'short' : 'long'}`;
  return finding('invalid-value', what, `use at ${side} ${bound} ${unit}`);
}

function explainUnion(root: SchemaNode, value: unknown, path: Path, finding: MakeFinding): Finding {
  // Zod names the path of the discriminator when it is there but unknown; the union is then the parent.
  const found = valueAt(value, path);
  const owner = isMapping(found) ? path : path.slice(0, -1);
  const parent = owner.length === 0 ? root : unionAt(root, owner, value);
  if (parent?.oneOf === undefined) {
    return finding('wrong-type', `expected a mapping, found ${describeType(found)}`, 'write it as a mapping');
  }
  const { key, alternatives } = discriminatorOf(parent);
  const choices = [...alternatives.keys()];
  const chosen = childOf(valueAt(value, owner), key);
  if (chosen === undefined) {
    return finding('missing-key', `${quote(key)} is missing`, `add it: one of ${listOf(choices)}`, owner);
  }
  return finding('invalid-value', `${show(chosen)} is not allowed here`, mendChoice(chosen, choices), [
    ...owner,
    key,
  ]);
}

/** The union node itself, where schemaAt would follow it to an alternative. */
function unionAt(root: SchemaNode, path: Path, value: unknown): SchemaNode | undefined {
  const last = path.at(-1);
  const parentPath = path.slice(0, -1);
  const parent = parentPath.length === 0 ? alternativeFor(root, value) : schemaAt(root, parentPath, value);
  if (typeof last === 'number') return parent?.items;
  return parent === undefined || last === undefined ? undefined : memberOf(parent, last);
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function describeType(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return Number.isFinite(value) ? 'a fraction' : 'no finite number';
  }
  return typeof value === 'boolean' ? 'true or false' : 'a number';
}

function mendType(expected: string, schema: SchemaNode | undefined): string {
  if (schema?.format === 'duration') return 'write a whole number with a unit: 500ms, 5s, 2m, 1h or 1d';
  if (expected === 'string')
    return 'write text; put numbers, true, false and null in quotes if they are meant as text';
  if (expected === 'number' || expected === 'int') return 'write a number without quotes and without a unit';
  if (expected === 'array') return 'write a list: `[a, b]`, or one `- item` a line';
  if (expected === 'boolean') return 'write true or false without quotes';
  return 'write a mapping: one `key: value` a line, indented below this key';
}

function mendKey(key: string, known: readonly string[], written: readonly string[]): string {
  const free = known.filter((name) => !written.includes(name));
  const likely = nearest(key, free);
  if (likely !== undefined) return `did you mean ${quote(likely)}?`;
  if (known.length === 0) return 'remove it';
  return `remove it; known here: ${known.join(', ')}`;
}

function mendChoice(value: unknown, choices: readonly unknown[]): string {
  const texts = choices.map(String);
  if (typeof value !== 'string' && texts.includes(String(value)))
    return `put it in quotes: "${String(value)}"`;
  const likely = typeof value === 'string' ? nearest(value, texts) : undefined;
  return likely === undefined
    ? `use one of ${listOf(choices)}`
    : `did you mean ${quote(likely)}? Allowed: ${listOf(choices)}`;
}

/** The candidate a typist most likely meant, if any is near enough to be worth saying. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0 || word.length > 100) return undefined;
  const lower = word.toLowerCase();
  const best = closest(
    lower,
    [...candidates].map((candidate) => candidate.toLowerCase()),
  );
  const index = candidates.findIndex((candidate) => candidate.toLowerCase() === best);
  return distance(lower, best) <= Math.max(1, Math.floor(word.length / 3)) ? candidates[index] : undefined;
}

function listOf(choices: readonly unknown[]): string {
  return choices.map(String).join(', ');
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((current, step) => childOf(current, step), value);
}

function keysOf(value: unknown): readonly string[] {
  return isMapping(value) ? Object.keys(value) : [];
}

/** A value for people. Long or odd text is not echoed: it may be a key pasted by mistake. */
export function show(value: unknown): string {
  if (typeof value === 'string') return isPlain(value) ? quote(value) : `text of ${value.length} characters`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return describeType(value);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
