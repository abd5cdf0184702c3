import { childOf, isMapping, type SchemaNode, schemaAt } from '../../src/declaration/schema.ts';
import type { Path } from '../../src/kernel/path.ts';
import type { Impact } from '../../src/plan/plan.ts';

export type Tree = Readonly<Record<string, unknown>>;

/** What belongs to one case only, so that all cases fit into one declaration. */
export interface Ground {
  /** Of its service, certificate, authority and hosts. */
  readonly name: string;
  /** An address that nobody listens on; there are eight. */
  readonly address: (index: number) => string;
}

type Made<T> = T | ((ground: Ground) => T);

/** A property of the language: a declaration that does without it, and what setting it needs of HAProxy. */
export interface PropertyCase {
  /** As `placesOf` names it. */
  readonly place: string;
  /** Of the plan from the declaration without it to the one with it. */
  readonly impact: Impact;
  /** What it is set to: not its default. For the key that chooses an alternative: the whole alternative. */
  readonly value: Made<unknown>;
  /** Keys beside it that must change with it; undefined: removed. */
  readonly beside?: Made<Tree>;
  /** The part of a declaration that does without it. */
  readonly minimal: (ground: Ground) => Tree;
}

type Row = readonly [place: string, impact: Impact, value: Made<unknown>, beside?: Made<Tree>];

/** Cases on common ground. @param prefix of their places */
export function casesOf(
  minimal: PropertyCase['minimal'],
  prefix: string,
  rows: readonly Row[],
): PropertyCase[] {
  return rows.map(([place, impact, value, beside]) => ({
    place: `${prefix}${place}`,
    impact,
    value,
    ...(beside === undefined ? {} : { beside }),
    minimal,
  }));
}

/** A case in numbers: its two declarations, of which all others have their own. */
export interface LaidCase {
  readonly place: string;
  readonly impact: Impact;
  readonly minimal: Tree;
  readonly full: Tree;
}

/**
 * Both declarations of a case. It is a defect of the case when they do not differ in its property, or when it is set to
 * its default.
 */
export function lay(schema: SchemaNode, property: PropertyCase, ground: Ground): LaidCase {
  const { place, impact } = property;
  const minimal = property.minimal(ground);
  const path = pathIn(minimal, place, ground);
  const value = made(property.value, ground);
  const parent = path.slice(0, -1);
  const beside = property.beside === undefined ? {} : made(property.beside, ground);
  const changes: (readonly [Path, unknown])[] = [
    ...Object.entries(beside).map(([key, one]) => [[...parent, key], one] as const),
    [path, value],
  ];
  const full = changes.reduce<unknown>((tree, [at, one]) => withValue(tree, at, one), minimal) as Tree;
  const preset = schemaAt(schema, path, full)?.default;
  for (const same of [preset, valueAt(minimal, path)]) {
    if (same !== undefined && isEqual(same, value)) throw new Error(`${place} is not changed by its case`);
  }
  return { place, impact, minimal, full };
}

/** One declaration of parts whose names differ. */
export function joined(parts: readonly Tree[]): Tree {
  const whole: Record<string, unknown> = {};
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      const there = whole[key];
      whole[key] = isMapping(there) && isMapping(value) ? { ...there, ...value } : value;
    }
  }
  return whole;
}

/** Where a place is in a declaration. An entry that is to be added gets a new name, or is the next of its list. */
function pathIn(tree: Tree, place: string, { name }: Ground): Path {
  const steps = place.match(/\[\]|\([^)]*\)|[^.()[\]]+/g) ?? [];
  const path: (string | number)[] = [];
  let here: unknown = tree;
  for (const [index, step] of steps.entries()) {
    const [next, last] = [steps[index + 1], index === steps.length - 1];
    if (step.startsWith('(')) {
      if (isChoice(steps, index)) return path;
      if (!Object.values(isMapping(here) ? here : {}).includes(step.slice(1, -1)))
        throw new Error(`the declaration without ${place} has another alternative`);
      continue;
    }
    path.push(concrete(step, here, last, next?.startsWith('(') ? next.slice(1, -1) : undefined, name));
    here = childOf(here, path.at(-1) ?? '');
  }
  return path;
}

/** Whether it is the key itself that chooses the alternative: `persistence(cookie).type`. */
function isChoice(steps: readonly string[], index: number): boolean {
  return index === steps.length - 2 && ['type', 'verify', 'protocol'].includes(steps.at(-1) ?? '');
}

function concrete(
  step: string,
  here: unknown,
  last: boolean,
  alternative: string | undefined,
  name: string,
): string | number {
  if (step === '*') return last ? `${name}-added` : (Object.keys(Object(here))[0] ?? '');
  if (step !== '[]') return step;
  const entries: readonly unknown[] = Array.isArray(here) ? here : [];
  if (last) return entries.length;
  const found = entries.findIndex((entry) => Object.values(Object(entry)).includes(alternative));
  return found === -1 ? entries.length - 1 : found;
}

function made<T>(value: Made<T>, ground: Ground): T {
  // A value of the language is never a function.
  return typeof value === 'function' ? (value as (ground: Ground) => T)(ground) : value;
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((here, step) => childOf(here, step), tree);
}

function withValue(tree: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  const child = withValue(childOf(tree, step), rest, value);
  if (typeof step === 'number') {
    const entries: unknown[] = Array.isArray(tree) ? [...tree] : [];
    entries[step] = child;
    return entries;
  }
  const entries = Object.entries({ ...(isMapping(tree) ? tree : {}), [step]: child });
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
