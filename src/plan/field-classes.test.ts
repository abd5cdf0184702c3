import { describe, expect, test } from 'vitest';
import type { HaproxyIr, ServerTlsIr } from '../ir/haproxy.ts';
import { Bug } from '../kernel/bug.ts';
import { Secret } from '../kernel/secret.ts';
import type { Felt, Table, Variants } from './field-class.ts';
import { backendFields, fileFields, frontendFields, globalFields } from './field-classes.ts';
import { fullIr, pemBlock } from './ir-fixture.ts';
import { plan } from './make-plan.ts';
import type { Impact } from './plan.ts';

const rootFields = {
  global: { inside: globalFields },
  frontends: { each: frontendFields },
  backends: { each: backendFields },
  files: { each: fileFields },
};

type Step = string | number;
interface Leaf {
  /** Where it is in the intermediate form. */
  readonly path: readonly Step[];
  /** Where it is in the tables. */
  readonly name: string;
  readonly impact: string;
}

type NodeFields = { readonly [field: string]: Node };
interface Node {
  readonly impact?: string;
  readonly whole?: Felt;
  readonly inside?: Node;
  readonly each?: Node;
  readonly variants?: NodeFields;
  readonly by?: string;
}

/** Every class of the tables, by where it stands. */
function classesOf(node: Node, name = ''): string[] {
  if (typeof node.impact === 'string') return [name];
  const below = node.inside ?? node.each;
  if (below !== undefined) {
    return [...(node.whole === undefined ? [] : [`${name} as a whole`]), ...classesOf(below, name)];
  }
  const fields = Object.entries<Node>(node.variants ?? (node as NodeFields));
  return fields.flatMap(([field, inner]) => classesOf(inner, `${name}.${field}`));
}

/** Every field of a value that has a class. */
function leavesOf(node: Node, value: unknown, path: readonly Step[] = [], name = ''): Leaf[] {
  if (typeof node.impact === 'string') return [{ path, name, impact: node.impact }];
  if (value === undefined) return [];
  const record = value as { readonly [field: string]: unknown };
  if (node.each !== undefined) {
    const { each } = node;
    return (value as readonly unknown[]).flatMap((element, index) =>
      leavesOf(each, element, [...path, index], name),
    );
  }
  if (node.inside !== undefined) {
    const whole = node.whole === undefined ? [] : [{ path, name: `${name} as a whole`, impact: 'reload' }];
    return [...whole, ...leavesOf(node.inside, value, path, name)];
  }
  if (node.variants !== undefined && node.by !== undefined) {
    const variant = String(record[node.by]);
    const table = node.variants[variant];
    return table === undefined ? [] : leavesOf(table, value, path, `${name}.${variant}`);
  }
  return Object.entries<Node>(node as NodeFields)
    .filter(([field]) => record[field] !== undefined)
    .flatMap(([field, inner]) => leavesOf(inner, record[field], [...path, field], `${name}.${field}`));
}

function replaced(value: unknown, [step, ...rest]: readonly Step[], by: (old: unknown) => unknown): unknown {
  if (step === undefined) return by(value);
  const old = (value as { readonly [field: Step]: unknown })[step];
  const now = replaced(old, rest, by);
  if (Array.isArray(value)) return value.map((element, index) => (index === step ? now : element));
  const copy: Record<string, unknown> = { ...(value as object), [step]: now };
  if (now === undefined) delete copy[step];
  return copy;
}

const other = pemBlock('CERTIFICATE', 'another');

/** Another value of the same type. */
function different(value: unknown): unknown {
  if (value instanceof Secret) return new Secret(pemBlock('PRIVATE KEY', 'another'));
  if (Array.isArray(value)) return [...value, String(value[0]).startsWith('---') ? other : 'another'];
  if (value === 'ready') return 'drain';
  switch (typeof value) {
    case 'number':
      return value + 1;
    case 'boolean':
      return !value;
    case 'string':
      return `${value}x`;
    default:
      return undefined;
  }
}

const order: readonly Impact[] = ['none', 'runtime', 'reload', 'rebind', 'start'];
const leaves = leavesOf(rootFields as unknown as Node, fullIr);
const abilities = { dynamicCookie: true };

function planOf(path: readonly Step[], by: (old: unknown) => unknown) {
  return plan(fullIr, replaced(fullIr, path, by) as HaproxyIr, {}, abilities);
}

describe('the full intermediate form', () => {
  test('has every field that the tables have', () => {
    expect([...new Set(leaves.map(({ name }) => name))].sort()).toEqual(
      [...new Set(classesOf(rootFields as unknown as Node))].sort(),
    );
    expect(leaves.length).toBeGreaterThan(100);
  });

  test.each(leaves.map((leaf) => [leaf.path.join('.'), leaf] as const))('%s: changed', (_, leaf) => {
    const { impact, steps } = planOf(leaf.path, different);
    if (leaf.impact === 'none') expect(steps).toEqual([]);
    else {
      const least = leaf.impact === 'key' ? 'runtime' : (leaf.impact as Impact);
      expect(order.indexOf(impact)).toBeGreaterThanOrEqual(order.indexOf(least));
      expect(steps[0]?.impact).toBe(impact);
      for (const step of steps) {
        expect(`${step.what} ${step.why} ${step.effect}`).not.toMatch(/undefined|\[object|BEGIN|secret/);
        for (const words of [step.what, step.why, step.effect]) expect(words).not.toBe('');
      }
    }
  });

  const removable = leaves.filter(({ impact, path: [part, ...rest] }) => {
    return impact === 'reload' && part !== 'files' && rest.at(-1) !== 'behaviour';
  });
  test.each(removable.map((leaf) => [leaf.path.join('.'), leaf] as const))(
    '%s: taken away, and added',
    (_, leaf) => {
      const without = replaced(fullIr, leaf.path, () => undefined) as HaproxyIr;
      expect(plan(fullIr, without, {}, abilities).impact).toBe('reload');
      expect(plan(without, fullIr, {}, abilities).impact).toBe('reload');
    },
  );
});

test('a part that is always there and is not there is a bug, not a plan', () => {
  expect(() => planOf(['backends', 0, 'timeouts'], () => undefined)).toThrow(Bug);
});

describe('what does not compile', () => {
  const none = { impact: 'none', why: 'a test' } as const;
  const runtime = { impact: 'runtime', name: 'x', why: 'a test' } as const;
  interface Thing {
    readonly first: string;
    readonly part?: { readonly second: number };
  }
  const part = { whole: { impact: 'reload', name: 'x', why: 'a test' }, inside: { second: none } } as const;

  test('tables that are not complete', () => {
    const tables = [
      { first: none, part } satisfies Table<Thing>,
      // @ts-expect-error a field is missing
      { part } satisfies Table<Thing>,
      // @ts-expect-error a field is not one
      { first: none, part, third: none } satisfies Table<Thing>,
      // @ts-expect-error a field inside is missing
      { first: none, part: { ...part, inside: {} } } satisfies Table<Thing>,
      // @ts-expect-error a record has a table, not a class
      { first: none, part: none } satisfies Table<Thing>,
      // @ts-expect-error nothing says what it means when the part appears
      { first: none, part: { inside: part.inside } } satisfies Table<Thing>,
      // @ts-expect-error what is inside a part is a matter of a reload
      { first: none, part: { ...part, inside: { second: runtime } } } satisfies Table<Thing>,
      {
        by: 'verify',
        // @ts-expect-error a variant is missing
        variants: { none: { verify: none, serverName: none } },
      } satisfies Variants<ServerTlsIr, 'verify'>,
    ];
    expect(tables).toHaveLength(8);
  });
});
