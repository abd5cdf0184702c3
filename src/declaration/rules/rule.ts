import type { Finding } from '../../kernel/diagnostic.ts';
import type { Path } from '../../kernel/path.ts';
import type { Name } from '../../model/name.ts';
import type { Draft, Entry, Section } from '../draft.ts';

/**
 * One question about the meaning of a declaration. Rules see only entries whose shape is right, so that one
 * mistake is reported once; names of broken entries still count as declared.
 */
export type Rule = (draft: Draft) => Iterable<Finding>;

/** An entry whose shape is right. */
export interface Sound<T> {
  readonly name: Name;
  readonly path: Path;
  readonly value: T;
}

export function* sound<T>(section: Section<T>): Generator<Sound<T>> {
  for (const entry of section.values()) {
    if (isSound(entry)) yield entry;
  }
}

function isSound<T>(entry: Entry<T>): entry is Entry<T> & Sound<T> {
  return entry.value !== undefined;
}
