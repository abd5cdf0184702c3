import { Bug } from '../kernel/bug.ts';
import { Secret } from '../kernel/secret.ts';
import type { ByHand, Felt, FieldClass } from './field-class.ts';

/** One field, of a thing or of a record inside it, that is not as it was. */
export interface Difference {
  readonly felt: Felt;
  /** Values of the field; undefined when it is absent. May hold secrets. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface Differences<Hand extends string> {
  /** Fields of the thing itself that need code of their own. */
  readonly byHand: ReadonlySet<Hand>;
  /** Everything else that HAProxy feels. */
  readonly others: readonly Difference[];
}

type AnyRule =
  | FieldClass
  | { readonly each: unknown }
  | { readonly whole?: Felt<'reload'>; readonly inside: AnyShape };
type AnyTable = { readonly [field: string]: AnyRule };
type AnyShape =
  | AnyTable
  | { readonly by: string; readonly variants: { readonly [variant: string]: AnyTable } };
type AnyRecord = { readonly [field: string]: unknown };

/** Compares two states of one thing, field by field of its table. Lists of other things in it are left out. */
export function differences<F extends AnyTable>(
  fields: F,
  before: object,
  after: object,
): Differences<ByHand<F>> {
  const byHand = new Set<ByHand<F>>();
  const others: Difference[] = [];
  for (const field in fields) {
    const rule: AnyRule | undefined = fields[field];
    const values = [(before as AnyRecord)[field], (after as AnyRecord)[field]] as const;
    if (rule === undefined || values[0] === values[1]) continue;
    if ('impact' in rule && (rule.impact === 'runtime' || rule.impact === 'rebind')) {
      // By its class it is one of them; the compiler cannot follow that.
      if (!same(...values)) byHand.add(field as unknown as ByHand<F>);
    } else compareField(rule, ...values, others);
  }
  return { byHand, others };
}

function compareField(rule: AnyRule, before: unknown, after: unknown, into: Difference[]): void {
  if ('each' in rule) return;
  if ('impact' in rule) {
    if (rule.impact === 'none' || rule.impact === 'key' || same(before, after)) return;
    into.push({ felt: rule, before, after });
    return;
  }
  if (before === undefined && after === undefined) return;
  const table = tableOf(rule.inside, before);
  if (isRecord(before) && isRecord(after) && table === tableOf(rule.inside, after) && table !== undefined) {
    for (const field in table) {
      const inner = table[field];
      if (inner !== undefined) compareField(inner, before[field], after[field], into);
    }
    return;
  }
  if (rule.whole === undefined) throw new Bug('a part that is always there is not there');
  into.push({
    felt: rule.whole,
    before: variantOf(rule.inside, before),
    after: variantOf(rule.inside, after),
  });
}

function tableOf(shape: AnyShape, value: unknown): AnyTable | undefined {
  if (!isVariants(shape)) return shape;
  return isRecord(value) ? shape.variants[String(value[shape.by])] : undefined;
}

/** A record in one word: which variant it is. */
function variantOf(shape: AnyShape, value: unknown): string {
  if (!isRecord(value)) return 'off';
  return isVariants(shape) ? String(value[shape.by]) : 'on';
}

function isVariants(shape: AnyShape): shape is Extract<AnyShape, { by: string }> {
  return typeof shape.by === 'string';
}

function isRecord(value: unknown): value is AnyRecord {
  return typeof value === 'object' && value !== null;
}

/** Whether two values of one field are equal. Secrets are compared by what they hold. */
export function same(before: unknown, after: unknown): boolean {
  if (before === after) return true;
  if (before instanceof Secret && after instanceof Secret) return before.reveal() === after.reveal();
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return false;
  return before.every((value, index) => same(value, after[index]));
}

/** Things of two states by the name that makes them the same thing. One that is the very same object is left out. */
export function matched<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (thing: T) => string,
): { readonly removed: T[]; readonly added: T[]; readonly kept: (readonly [before: T, after: T])[] } {
  const old = new Map(before.map((thing) => [keyOf(thing), thing]));
  const added: T[] = [];
  const kept: [T, T][] = [];
  for (const thing of after) {
    const earlier = old.get(keyOf(thing));
    if (earlier === undefined) added.push(thing);
    else if (earlier !== thing) kept.push([earlier, thing]);
    old.delete(keyOf(thing));
  }
  return { removed: [...old.values()], added, kept };
}
