import type { Secret } from '../kernel/secret.ts';

/**
 * What a changed field of the intermediate form needs of a running HAProxy. `key`: the name of the thing, so
 * another one is another thing. `none`: HAProxy never sees it.
 */
export type FieldClass = Unfelt | Felt;

type Unfelt =
  | { readonly impact: 'key'; readonly why: string }
  | { readonly impact: 'none'; readonly why: string };

export interface Felt<I extends 'runtime' | 'reload' | 'rebind' = 'runtime' | 'reload' | 'rebind'> {
  readonly impact: I;
  /** For people: `client time limit`. */
  readonly name: string;
  /** A clause: `HAProxy takes a weight while it runs`. */
  readonly why: string;
  /** Of a number that is a time. */
  readonly unit?: 'ms' | 's';
}

/**
 * One class for each field of a record, and one table for each record inside it: a field that is missing here,
 * or is no field, does not compile.
 */
export type Table<T, C = FieldClass> = {
  readonly [K in keyof T]-?: Rule<NonNullable<T[K]>, C, object extends Pick<T, K> ? true : false>;
};

/** Of a union: one table for each variant, by the field that tells them apart. */
export interface Variants<T, D extends keyof T, C = FieldClass> {
  readonly by: D;
  readonly variants: {
    readonly [K in T[D] & string]: Table<Extract<T, { readonly [P in D]: K }>, C>;
  };
}

type Shape<T, C> = [T] extends [{ readonly kind: string }]
  ? Variants<T, 'kind', C>
  : [T] extends [{ readonly verify: string }]
    ? Variants<T, 'verify', C>
    : Table<T, C>;

type Plain = string | number | boolean | Secret | readonly (string | number)[];

type Rule<V, C, Optional> = [V] extends [Plain]
  ? C
  : [V] extends [readonly (infer Element)[]]
    ? { readonly each: Shape<Element, FieldClass> }
    : Inside<V> &
        (Shape<V, Unfelt> extends { readonly by: unknown } ? Whole : Optional extends true ? Whole : unknown);

/** What is inside a record is spelled in the section of the thing it belongs to, which only a new process reads. */
interface Inside<V> {
  readonly inside: Shape<V, Unfelt | Felt<'reload'>>;
}

/** For when the record as a whole appears, vanishes or becomes another variant. */
interface Whole {
  readonly whole: Felt<'reload'>;
}

/** The fields of a table that no general rule can handle: each needs code, and the compiler asks for it. */
export type ByHand<F> = {
  [K in keyof F]: F[K] extends Felt<'runtime'> | Felt<'rebind'> ? K : never;
}[keyof F] &
  string;

/** The fields of a table that are lists of records. */
export type Lists<F> = {
  [K in keyof F]: F[K] extends { readonly each: unknown } ? K : never;
}[keyof F] &
  string;
