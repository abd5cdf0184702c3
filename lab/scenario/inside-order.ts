import type { Recording, Variant } from './recording.ts';
import type { Scenario } from './schema.ts';

/** What the program in the room is told. */
export interface InsideOrder {
  readonly scenario: Scenario;
  readonly variant: Variant;
}

/** What it answers. */
export type InsideReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'recording'; readonly recording: Recording }
  | { readonly kind: 'broken'; readonly why: string };
