import { type Path, pathKey } from '../kernel/path.ts';

/** Plain declaration values in which any node may carry a note about where it comes from. */
export type NotedTree =
  | Noted<NotedTree>
  | string
  | number
  | boolean
  | readonly NotedTree[]
  | { readonly [key: string]: NotedTree | undefined };

/** Where a value of an expansion comes from. */
export type Note =
  /** A parameter of the use; the path is relative to it. */
  | { readonly kind: 'parameter'; readonly path: Path }
  /** What is known about this kind of estate. */
  | {
      readonly kind: 'source';
      readonly source: string;
      /** The parameter that could decide the value, was it written; relative to the use. */
      readonly parameter?: Path;
    };

/** A value with a note about where it comes from. */
export class Noted<T> {
  readonly value: T;
  readonly note: Note;

  constructor(value: T, note: Note) {
    this.value = value;
    this.note = note;
  }
}

/** A value that a parameter decided. @param path relative to the use of the blueprint */
export function from(path: Path, value: NotedTree): Noted<NotedTree> {
  return new Noted(value, { kind: 'parameter', path });
}

/** A value that is known about this kind of estate. @param source who says so, for people to check */
export function known(value: NotedTree, source: string): Noted<NotedTree> {
  return new Noted(value, { kind: 'source', source });
}

/** Separates values and notes. Notes are keyed by {@link pathKey} below `at`; undefined members are left out. */
export function settle(tree: NotedTree, at: Path, notes: Map<string, Note>): unknown {
  if (tree instanceof Noted) {
    notes.set(pathKey(at), tree.note);
    return settle(tree.value, at, notes);
  }
  if (Array.isArray(tree)) {
    return (tree as readonly NotedTree[]).map((item, index) => settle(item, [...at, index], notes));
  }
  if (typeof tree !== 'object') return tree;
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(tree as Readonly<Record<string, NotedTree | undefined>>)) {
    if (value !== undefined) plain[key] = settle(value, [...at, key], notes);
  }
  return plain;
}
